extension OpenCLDevice {
    /// A kernel that exists in one version per profile, in the files `<program>_cpu.cl` and `<program>_gpu.cl`.
    func profiled(_ program: String, _ name: String) -> KernelReference {
        let programs = Self.profiledPrograms
        let names = programs[program] ?? (cpu: "\(program)_cpu", gpu: "\(program)_gpu")
        return KernelReference(profile.sharesWork ? names.gpu : names.cpu, name)
    }

    // Names made once, so that a launch allocates no strings.
    private static let profiledPrograms: [String: (cpu: String, gpu: String)] = {
        let programs = [
            "movement/transpose", "movement/scatter", "reductions/rows", "normalization/softmax",
            "normalization/layer_norm", "normalization/l2", "optimizers/clip",
        ]
        return Dictionary(
            uniqueKeysWithValues: programs.map { ($0, ("\($0)_cpu", "\($0)_gpu")) })
    }()

    /// One work-item per row on processors, one work-group per row elsewhere; `parts` of a row in dimension 1.
    func rows(_ rows: Int, columns: Int, parts: Int = 1) -> LaunchRange {
        guard profile.sharesWork else { return LaunchRange((rows, parts), local: (1, 1)) }
        let group = columns > 1024 ? 256 : (columns > 64 ? 128 : 32)
        return LaunchRange((rows * group, parts), local: (group, 1))
    }

    /// One work-item per vector of columns, blocks of rows in dimension 1, matrices in dimension 2.
    func columnBlocks(_ columns: Int, blocks: Int, matrices: Int = 1) -> LaunchRange {
        let vectors = (columns + vectorWidth - 1) / vectorWidth
        let local =
            !profile.sharesWork
            ? (1, 1, 1) : (vectors > 8 || matrices == 1 ? (64, 1, 1) : (8, 1, 8))
        return LaunchRange(
            (vectors, blocks, min(matrices, Self.largestSecondExtent)), local: local)
    }

    /// Rows of `rows` that one work-item adds up before a second pass takes over; sums depend on nothing else.
    func rowsPerBlock(_ rows: Int) -> Int {
        Self.partLength(rows, shortest: profile.sharesWork ? 64 : 256)
    }

    /// Length of the parts of `count` elements: `shortest`, or more where the parts would be too many for the second
    /// dimension of a launch, which graphics processors limit to 65535 work-groups.
    static func partLength(_ count: Int, shortest: Int) -> Int {
        max(shortest, (count + largestSecondExtent - 1) / largestSecondExtent)
    }
}
