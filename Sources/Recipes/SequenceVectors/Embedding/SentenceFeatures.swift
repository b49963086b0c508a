/// The features of a sentence: its words, and the character n-grams inside its words.
///
/// A word is a run of letters and digits, with inner apostrophes, in lower case. The n-grams of 3
/// and 4 characters are taken from the word between two boundary marks, so that "embed" and
/// "embedded" share most of theirs.
struct SentenceFeatures {
    /// The lengths of the character n-grams.
    static let gramLengths = 3...4
    private static let boundary: UInt32 = 0

    private var word: [UInt32] = []
    private var hashes: [UInt64] = []

    /// Calls `body` with every feature's hash and its number of occurrences, in ascending order.
    mutating func forEach(in sentence: String, _ body: (UInt64, Int) -> Void) {
        hashes.removeAll(keepingCapacity: true)
        collect(sentence)
        hashes.sort()
        var start = 0
        for index in hashes.indices
        where index + 1 == hashes.count || hashes[index + 1] != hashes[index] {
            body(hashes[index], index + 1 - start)
            start = index + 1
        }
    }

    private mutating func collect(_ sentence: String) {
        word = [Self.boundary]
        var followsApostrophe = false
        for scalar in sentence.unicodeScalars {
            if scalar.isWordPart {
                if followsApostrophe && word.count > 1 {
                    word.append(0x27)
                }
                append(scalar)
                followsApostrophe = false
            } else if scalar == "'" || scalar == "’" {
                followsApostrophe = true
            } else {
                endWord()
                followsApostrophe = false
            }
        }
        endWord()
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        if scalar.value < 0x80 {
            word.append(("A"..."Z").contains(scalar) ? scalar.value | 0x20 : scalar.value)
        } else {
            word += scalar.properties.lowercaseMapping.unicodeScalars.map(\.value)
        }
    }

    private mutating func endWord() {
        guard word.count > 1 else { return }
        word.append(Self.boundary)
        addHash(of: word.indices, kind: 0)
        for length in Self.gramLengths where word.count >= length {
            for start in 0...(word.count - length) {
                addHash(of: start..<start + length, kind: UInt32(length))
            }
        }
        word.removeAll(keepingCapacity: true)
        word.append(Self.boundary)
    }

    private mutating func addHash(of range: Range<Int>, kind: UInt32) {
        var hash = StableHash()
        hash.combine(kind)
        for position in range {
            hash.combine(word[position])
        }
        hashes.append(hash.value)
    }
}

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
