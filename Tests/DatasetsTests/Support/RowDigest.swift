/// One number that stands for a list of row numbers in its order (64-bit FNV-1a over whole numbers).
func rowDigest(_ rows: [Int32]) -> UInt64 {
    rows.reduce(0xcbf2_9ce4_8422_2325) {
        ($0 ^ UInt64(bitPattern: Int64($1))) &* 0x100_0000_01b3
    }
}
