/// `tandem bench matmul`: measures matrix products.
struct BenchMatmulCommand: Command {
    static let sizes = Option<MatmulSizes>(
        "sizes", "sizes",
        help: "Products to measure, separated by commas: M x N x K for "
            + "[M, K] x [K, N] (32x1536x512), or one number for a square product (1024).",
        defaultText: "512,1024,2048,32x1536x512,3200x1536x768")

    static let declaration = CommandDeclaration(
        name: "matmul",
        summary: "Measure matrix products of several sizes.",
        parameters: [sizes] + BenchOptions.parameters)

    let sizes: [MatmulSize]
    let options: BenchOptions

    init(_ arguments: ParsedArguments) throws(UsageError) {
        sizes = try arguments.value(of: Self.sizes)?.sizes ?? MatmulSizes.standard
        options = try BenchOptions(arguments)
    }

    func run(on console: Console) throws {
        try options.report("matmul", on: console) { device, stopwatch in
            let benchmark = MatmulBenchmark(device: device, stopwatch: stopwatch)
            return try sizes.flatMap(benchmark.rows)
        }
    }
}

/// A list of sizes as written on the command line.
struct MatmulSizes: ArgumentValue {
    static var expectation: String { "sizes such as 1024 or 32x1536x512, separated by commas" }
    static let standard = [
        MatmulSize(rows: 512, columns: 512, inner: 512),
        MatmulSize(rows: 1024, columns: 1024, inner: 1024),
        MatmulSize(rows: 2048, columns: 2048, inner: 2048),
        MatmulSize(rows: 32, columns: 1536, inner: 512),
        MatmulSize(rows: 3200, columns: 1536, inner: 768),
    ]

    let sizes: [MatmulSize]

    init?(argument: String) {
        var sizes: [MatmulSize] = []
        for item in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = item.split(separator: "x", omittingEmptySubsequences: false)
            let numbers = parts.compactMap { Int($0) }.filter { (1...Int(Int32.max)).contains($0) }
            guard numbers.count == parts.count else { return nil }
            switch numbers.count {
            case 1:
                sizes.append(
                    MatmulSize(rows: numbers[0], columns: numbers[0], inner: numbers[0]))
            case 3:
                sizes.append(
                    MatmulSize(rows: numbers[0], columns: numbers[1], inner: numbers[2]))
            default:
                return nil
            }
        }
        self.sizes = sizes
    }
}
