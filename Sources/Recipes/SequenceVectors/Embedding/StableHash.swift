/// A 64-bit hash that is the same in every run and on every machine.
///
/// FNV-1a over 32-bit units (Fowler, Noll and Vo), finished by the mixer of SplitMix64 (Steele, Lea
/// and Flood 2014) because the low bits of FNV alone are weak.
struct StableHash {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func combine(_ unit: UInt32) {
        state = (state ^ UInt64(unit)) &* 0x0000_0100_0000_01B3
    }

    var value: UInt64 {
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
