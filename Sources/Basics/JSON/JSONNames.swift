/// A list of member names that ``JSONReader/index(in:)`` finds by their bytes, without making strings.
package struct JSONNames: Sendable {
    private let hashes: [UInt64]
    private let texts: [[UInt8]]

    /// A list of `names`, meant for some dozens of them.
    package init(_ names: [String]) {
        texts = names.map { Array($0.utf8) }
        hashes = texts.map { $0.withUnsafeBytes(Self.hash) }
    }

    /// The first name with this hash whose bytes satisfy `isEqual`.
    func index(hash: UInt64, where isEqual: ([UInt8]) -> Bool) -> Int? {
        for index in hashes.indices where hashes[index] == hash && isEqual(texts[index]) {
            return index
        }
        return nil
    }

    /// A hash of some bytes.
    static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var state = UInt64(bytes.count) &* multiplier
        var position = 0
        while position + 8 <= bytes.count {
            mix(&state, bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            position += 8
        }
        if position < bytes.count {
            var rest: UInt64 = 0
            for index in position..<bytes.count { rest = rest << 8 | UInt64(bytes[index]) }
            mix(&state, rest)
        }
        return state
    }

    private static func mix(_ state: inout UInt64, _ word: UInt64) {
        state = (state ^ word) &* multiplier
        state ^= state >> 29
    }

    private static let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15
}
