public import TandemBasics

/// Seeded damage to the bytes of a file.
public enum Damage {
    /// One to four bytes of `bytes` replaced, or a piece cut out, doubled or moved.
    public static func applied(to bytes: [UInt8], random: inout Philox) -> [UInt8] {
        var bytes = bytes
        let count = UInt32(bytes.count)
        let from = Int(random.nextInteger(below: count))
        let to = min(bytes.count, from + 1 + Int(random.nextInteger(below: 40)))
        switch random.nextInteger(below: 6) {
        case 0: bytes.removeSubrange(from..<to)
        case 1: bytes.insert(contentsOf: bytes[from..<to], at: from)
        case 2:
            let interesting: [UInt8] = [0x00, 0xFF, 0x7F, 0x80, 0x2D, 0x39, 0x5B, 0x7B]
            let byte = interesting[Int(random.nextInteger(below: 8))]
            for place in from..<min(to, from + 8) { bytes[place] = byte }
        default:
            for _ in 0...random.nextInteger(below: 4) {
                let place = Int(random.nextInteger(below: count))
                bytes[place] = UInt8(truncatingIfNeeded: random.nextWord())
            }
        }
        return bytes
    }
}
