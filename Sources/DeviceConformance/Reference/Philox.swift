import Devices

/// Philox 4x32 with ten rounds, written from the paper (Salmon et al., SC 2011), against which devices are checked.
public enum Philox {
    /// The four words of the block of `counter` under `key`.
    public static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var (counter, key) = (counter, key)
        for round in 0..<10 {
            if round > 0 { key &+= SIMD2(0x9e37_79b9, 0xbb67_ae85) }
            let first = UInt64(0xd251_1f53) * UInt64(counter.x)
            let second = UInt64(0xcd9e_8d57) * UInt64(counter.z)
            counter = SIMD4(
                UInt32(second >> 32) ^ counter.y ^ key.x, UInt32(truncatingIfNeeded: second),
                UInt32(first >> 32) ^ counter.w ^ key.y, UInt32(truncatingIfNeeded: first))
        }
        return counter
    }

    /// The first `count` words of `stream`.
    static func words(_ count: Int, of stream: RandomStream) -> [UInt32] {
        (0..<count).map { index in
            let block = block(
                counter: SIMD4(
                    low(UInt64(index / 4)), high(UInt64(index / 4)), low(stream.identifier),
                    high(stream.identifier)),
                key: SIMD2(low(stream.seed), high(stream.seed)))
            return block[index % 4]
        }
    }

    private static func low(_ word: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: word) }
    private static func high(_ word: UInt64) -> UInt32 { UInt32(word >> 32) }
}
