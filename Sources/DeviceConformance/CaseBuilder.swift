import TandemDevices

/// Describes one case: its arrays with what is expected in them afterwards, and the calls to make.
struct CaseBuilder: Sendable {
    /// Stands for one array of the case.
    struct Handle: Sendable {
        fileprivate let index: Int
    }

    /// The arrays of a run on a device.
    struct Slices: Sendable {
        fileprivate let slices: [BufferSlice]

        /// The memory of an array.
        subscript(handle: Handle) -> BufferSlice { slices[handle.index] }
    }

    let name: String
    /// Source of the case's inputs, seeded by its name.
    var random: ValueSource
    private var arrays: [CaseArray] = []
    private var body: @Sendable (any Device, Slices) throws -> Void = { _, _ in }

    init(_ name: String) {
        self.name = name
        random = ValueSource(name: name)
    }

    /// Adds an array that the calls read and must not change.
    mutating func input(_ name: String, _ values: [Float]) -> Handle {
        add(CaseArray(name: name, contents: bits(values), expectation: nil))
    }

    /// Adds an array of indices that the calls read and must not change.
    mutating func input(_ name: String, indices: [Int32]) -> Handle {
        add(CaseArray(name: name, contents: indices, expectation: nil))
    }

    /// Adds an array that the calls write; before, it holds `initial` or, without it, NaN.
    mutating func output(_ name: String, initial: [Float]? = nil, _ expectation: Expectation)
        -> Handle
    {
        let contents = initial ?? [Float](repeating: .nan, count: expectation.count)
        return add(
            CaseArray(name: name, contents: bits(contents), expectation: expectation))
    }

    /// Adds an array of indices that the calls write.
    mutating func output(_ name: String, initial: [Int32], exactly expected: [Int32]) -> Handle {
        add(CaseArray(name: name, contents: initial, expectation: .exactBits(expected)))
    }

    /// Sets the calls to make.
    mutating func calls(_ body: @escaping @Sendable (any Device, Slices) throws -> Void) {
        self.body = body
    }

    /// The case, ready to run.
    func finished(family: OperationFamily, size: SuiteSize) -> ConformanceCase {
        ConformanceCase(
            name: name, family: family, check: { try check(on: $0, size: size) },
            difference: difference)
    }

    private mutating func add(_ array: CaseArray) -> Handle {
        arrays.append(array)
        return Handle(index: arrays.count - 1)
    }

    private func bits(_ values: [Float]) -> [Int32] {
        values.map { Int32(bitPattern: $0.bitPattern) }
    }

    private func check(on device: any Device, size: SuiteSize) throws -> [CaseFinding] {
        let aligned = try run(on: device, Placement(isAligned: true, guardValue: .nan))
        let repeated = try run(on: device, Placement(isAligned: true, guardValue: 1e30))
        var findings = aligned.flatMap(\.findings)
        for (array, (first, second)) in zip(arrays, zip(aligned, repeated)) {
            guard first.contents != second.contents else { continue }
            let changed = zip(first.contents, second.contents).filter { $0 != $1 }.count
            findings.append(
                CaseFinding(
                    subject: array.name,
                    detail: "\(changed) of \(first.contents.count) elements differ between "
                        + "two runs that differ only in the memory around the arrays"))
        }
        guard findings.isEmpty, size == .full else { return findings }
        let odd = try run(on: device, Placement(isAligned: false, guardValue: .nan))
        return odd.flatMap(\.findings).map {
            CaseFinding(subject: "at odd offsets: \($0.subject)", detail: $0.detail)
        }
    }

    private func difference(_ device: any Device, _ other: any Device, _ agreement: Agreement)
        throws -> [CaseFinding]
    {
        let placement = Placement(isAligned: true, guardValue: .nan)
        let results = zip(
            try run(on: device, placement), try run(on: other, placement))
        return zip(arrays, results).compactMap { array, results in
            let expectation = (array.expectation ?? .exactBits(array.contents))
                .fulfilled(by: results.0.contents, agreement)
            return expectation.difference(from: results.1.contents).map {
                CaseFinding(subject: array.name, detail: $0)
            }
        }
    }

    private func run(on device: any Device, _ placement: Placement) throws -> [ArrayResult] {
        let placed = try arrays.enumerated().map { index, array in
            try PlacedArray(array, lead: placement.lead(index), placement.guardValue, on: device)
        }
        try body(device, Slices(slices: placed.map(\.slice)))
        return try placed.map { try $0.result(on: device) }
    }
}

/// Where the arrays of one run lie in their buffers.
private struct Placement {
    let isAligned: Bool
    let guardValue: Float

    /// Elements before array number `index`.
    func lead(_ index: Int) -> Int {
        isAligned ? 64 : 17 + (6 * index) % 26
    }
}
