import TandemDevices

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
