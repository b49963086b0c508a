import TandemBasics
import TandemDevices

/// A random projection with entries +1 and -1 that is never stored.
///
/// The signs of a feature's row are the bits of Philox words whose counter is the feature's hash, so
/// every entry is a pure function of seed and feature. Products of independent sign rows have mean
/// zero, so dot products of projected vectors estimate those of the sparse ones (Achlioptas 2003).
struct SignProjection: Sendable {
    private static let stream: UInt32 = 0x454D_4244

    let dimensions: Int
    private let key: SIMD2<UInt32>
    /// Eight signs for every value of a byte.
    private let signs: [SIMD8<Float>]

    init(dimensions: Int, seed: UInt64) {
        self.dimensions = dimensions
        key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        signs = (0..<256).map { byte in
            var group = SIMD8<Float>(repeating: 1)
            for bit in 0..<8 where byte >> bit & 1 == 1 {
                group[bit] = -1
            }
            return group
        }
    }

    /// The number of groups of eight that an accumulator needs.
    var groupCount: Int { (dimensions + 7) / 8 }

    /// Adds `weight` times the feature's row to the accumulator of `groupCount` groups.
    func add(_ feature: UInt64, weight: Float, to accumulator: inout [SIMD8<Float>]) {
        let low = UInt32(truncatingIfNeeded: feature)
        let high = UInt32(truncatingIfNeeded: feature >> 32)
        accumulator.withUnsafeMutableBufferPointer { accumulator in
            signs.withUnsafeBufferPointer { signs in
                var group = 0
                var block: UInt32 = 0
                while group < accumulator.count {
                    let words = Philox.round10(
                        counter: SIMD4(low, high, block, Self.stream), key: key)
                    let bytes = unsafeBitCast(words, to: SIMD16<UInt8>.self)
                    for index in 0..<min(16, accumulator.count - group) {
                        accumulator[group + index] += signs[Int(bytes[index])] * weight
                    }
                    group += 16
                    block += 1
                }
            }
        }
    }
}
