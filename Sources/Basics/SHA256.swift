/// The hash function SHA-256 (FIPS 180-4): identity of files and compiled programs, assignment of users to groups.
///
/// Bytes may come in pieces: ``update(_:)`` as often as needed, then ``digest``.
package struct SHA256: Sendable {
    private var state = SIMD8<UInt32>(
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
        0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19)
    /// Bytes that do not fill a block yet.
    private var rest: [UInt8] = []
    private var byteCount: UInt64 = 0
    private static let blockSize = 64

    /// The hash of nothing, to be updated.
    package init() {}

    /// The 32-byte hash of `bytes`.
    package static func hash(_ bytes: [UInt8]) -> [UInt8] {
        var hasher = SHA256()
        bytes.withUnsafeBytes { hasher.update($0) }
        return hasher.digest
    }

    /// `bytes` in lower-case hexadecimal digits.
    package static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self)
    }

    /// Appends bytes to the message.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        byteCount += UInt64(bytes.count)
        var bytes = bytes
        if !rest.isEmpty {
            let missing = min(Self.blockSize - rest.count, bytes.count)
            rest.append(contentsOf: bytes[..<missing])
            bytes = UnsafeRawBufferPointer(rebasing: bytes[missing...])
            if rest.count == Self.blockSize {
                let block = rest
                block.withUnsafeBytes { absorb($0) }
                rest.removeAll(keepingCapacity: true)
            }
        }
        let whole = bytes.count - bytes.count % Self.blockSize
        absorb(UnsafeRawBufferPointer(rebasing: bytes[..<whole]))
        rest.append(contentsOf: bytes[whole...])
    }

    /// The 32-byte hash of everything so far.
    package var digest: [UInt8] {
        var last = self
        let bitCount = byteCount * 8
        var padding: [UInt8] = [0x80]
        padding += [UInt8](repeating: 0, count: (119 - Int(byteCount % 64)) % 64)
        padding += (0..<8).map { UInt8(truncatingIfNeeded: bitCount >> (56 - 8 * $0)) }
        padding.withUnsafeBytes { last.update($0) }
        return (0..<32).map { UInt8(truncatingIfNeeded: last.state[$0 / 4] >> (24 - 8 * ($0 % 4))) }
    }

    /// Takes in whole blocks.
    private mutating func absorb(_ blocks: UnsafeRawBufferPointer) {
        Self.constants.withUnsafeBufferPointer { constants in
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
                for start in stride(from: 0, to: blocks.count, by: Self.blockSize) {
                    for i in 0..<16 {
                        let word = blocks.loadUnaligned(
                            fromByteOffset: start + 4 * i, as: UInt32.self)
                        schedule[i] = UInt32(bigEndian: word)
                    }
                    state &+= Self.compressed(state, schedule, constants)
                }
            }
        }
    }

    /// The word of round `i` with its constant; at the same time puts the word of round `i + 16` into
    /// the schedule, because the processor does both at once.
    @inline(__always)
    private static func word(
        _ i: Int, _ schedule: UnsafeMutableBufferPointer<UInt32>,
        _ constants: UnsafeBufferPointer<UInt32>
    ) -> UInt32 {
        let word = schedule[i]
        if i < 48 {
            let early = schedule[i + 1]
            let late = schedule[i + 14]
            let s0 = rotate(early, 7) ^ rotate(early, 18) ^ early >> 3
            let s1 = rotate(late, 17) ^ rotate(late, 19) ^ late >> 10
            schedule[i + 16] = word &+ s0 &+ schedule[i + 9] &+ s1
        }
        return constants[i] &+ word
    }

    /// The 64 rounds, eight at a time so that the words change places by name and not by moving.
    private static func compressed(
        _ state: SIMD8<UInt32>, _ schedule: UnsafeMutableBufferPointer<UInt32>,
        _ constants: UnsafeBufferPointer<UInt32>
    ) -> SIMD8<UInt32> {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for i in stride(from: 0, to: 64, by: 8) {
            round(a, b, c, &d, e, f, g, &h, word(i, schedule, constants))
            round(h, a, b, &c, d, e, f, &g, word(i + 1, schedule, constants))
            round(g, h, a, &b, c, d, e, &f, word(i + 2, schedule, constants))
            round(f, g, h, &a, b, c, d, &e, word(i + 3, schedule, constants))
            round(e, f, g, &h, a, b, c, &d, word(i + 4, schedule, constants))
            round(d, e, f, &g, h, a, b, &c, word(i + 5, schedule, constants))
            round(c, d, e, &f, g, h, a, &b, word(i + 6, schedule, constants))
            round(b, c, d, &e, f, g, h, &a, word(i + 7, schedule, constants))
        }
        return SIMD8(a, b, c, d, e, f, g, h)
    }

    @inline(__always)
    private static func round(
        _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: inout UInt32, _ e: UInt32, _ f: UInt32,
        _ g: UInt32, _ h: inout UInt32, _ word: UInt32
    ) {
        let s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
        let first = h &+ s1 &+ (g ^ e & (f ^ g)) &+ word
        let s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
        d &+= first
        h = first &+ s0 &+ (a & b | c & (a | b))
    }

    @inline(__always)
    private static func rotate(_ word: UInt32, _ places: UInt32) -> UInt32 {
        word &>> places | word &<< (32 &- places)
    }

    private static let constants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5,
        0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3,
        0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc,
        0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
        0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13,
        0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3,
        0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5,
        0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208,
        0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ]
}
