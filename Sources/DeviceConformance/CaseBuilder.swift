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

        /// The memory of an array that the case may lack.
        subscript(handle: Handle?) -> BufferSlice? { handle.map { slices[$0.index] } }
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
        return add(CaseArray(name: name, contents: bits(contents), expectation: expectation))
    }

    /// Adds an array of indices that the calls write.
    mutating func output(_ name: String, initial: [Int32], exactly expected: [Int32]) -> Handle {
        add(CaseArray(name: name, contents: initial, expectation: .exactBits(expected)))
    }

    /// Adds an array that the calls write, and before it one that they read, unless both are the same array (`inPlace`).
    mutating func pair(
        _ input: String, _ values: [Float], inPlace: Bool, _ output: String,
        _ expectation: Expectation
    ) -> (input: Handle, output: Handle) {
        let source = inPlace ? nil : self.input(input, values)
        let target = self.output(output, initial: inPlace ? values : nil, expectation)
        return (source ?? target, target)
    }

    /// The case with the calls that it makes.
    func calls(_ body: @escaping @Sendable (any Device, Slices) throws -> Void) -> CaseBuilder {
        var result = self
        result.body = body
        return result
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
        let results = zip(try run(on: device, placement), try run(on: other, placement))
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

/// One array of a case: its contents before the calls as bit patterns, and what must be there afterwards.
struct CaseArray: Sendable {
    let name: String
    let contents: [Int32]
    /// `nil`: the contents must not change.
    let expectation: Expectation?
}

/// What one run left in an array.
struct ArrayResult {
    let contents: [Int32]
    let findings: [CaseFinding]
}

/// An array inside a larger buffer, between two guard zones.
struct PlacedArray {
    let slice: BufferSlice
    private let array: CaseArray
    private let guardBits: Int32
    private static let tail = 37

    /// Allocates and fills the buffer: `lead` guard elements, the array, further guard elements.
    init(_ array: CaseArray, lead: Int, _ guardValue: Float, on device: any Device) throws {
        self.array = array
        guardBits = Int32(bitPattern: guardValue.bitPattern)
        let buffer = try device.allocate(lead + array.contents.count + Self.tail)
        slice = try BufferSlice(buffer: buffer, offset: lead, count: array.contents.count)
        let contents =
            [Int32](repeating: guardBits, count: lead) + array.contents
            + [Int32](repeating: guardBits, count: Self.tail)
        try device.upload(contents, to: buffer.slice)
    }

    /// Reads the buffer back and checks guard zones and contents.
    func result(on device: any Device) throws -> ArrayResult {
        let all = try device.downloadIndices(slice.buffer.slice)
        let contents = Array(all[slice.offset..<slice.offset + slice.count])
        var findings: [CaseFinding] = []
        let zones = [
            ("before", 0..<slice.offset), ("after", slice.offset + slice.count..<all.count),
        ]
        for (place, zone) in zones {
            let overwritten = zone.filter { all[$0] != guardBits }
            if let first = overwritten.first {
                findings.append(
                    CaseFinding(
                        subject: array.name,
                        detail:
                            "\(overwritten.count) elements \(place) the array were overwritten, "
                            + "the first at index \(first - slice.offset)"))
            }
        }
        let expectation = array.expectation ?? .exactBits(array.contents)
        if let detail = expectation.difference(from: contents) {
            let subject = array.expectation == nil ? "\(array.name) (read only)" : array.name
            findings.append(CaseFinding(subject: subject, detail: detail))
        }
        return ArrayResult(contents: contents, findings: findings)
    }
}
