import Testing

@testable import TandemRecipes

@Suite struct StableHashTests {
    /// FNV-1a of the 32-bit units 97, 98 and the SplitMix64 mixer, computed independently in Python.
    @Test func valuesNeverChange() {
        var hash = StableHash()
        #expect(hash.value == 0xF52A_15E9_A9B5_E89B)
        hash.combine(97)
        hash.combine(98)
        #expect(hash.value == 0x9FFE_50A6_57E4_A147)
    }
}

@Suite struct SentenceFeatureTests {
    private func counts(_ sentence: String) -> [UInt64: Int] {
        var features = SentenceFeatures()
        var counts: [UInt64: Int] = [:]
        features.forEach(in: sentence) { feature, count in
            #expect(counts[feature] == nil)
            counts[feature] = count
        }
        return counts
    }

    @Test func wordsAndGramsAreCounted() {
        // "cat" with its marks: 1 word, 3 grams of 3, 2 grams of 4.
        #expect(counts("cat").count == 6)
        #expect(counts("cat cat").values.allSatisfy { $0 == 2 })
        // "a" with its marks is a gram of 3 as well.
        #expect(counts("a").count == 2)
        #expect(counts("- ... '").isEmpty)
    }

    @Test func caseAndPunctuationDoNotMatter() {
        #expect(counts("Héllo, WORLD!") == counts("héllo world"))
        #expect(counts("don’t") == counts("DON'T"))
        #expect(counts("'quoted'") == counts("quoted"))
        #expect(counts("dont") != counts("don't"))
    }

    @Test func relatedWordsShareGrams() {
        let related = Set(counts("embedded").keys).intersection(counts("embed").keys)
        // <em emb mbe bed ed> <emb embe mbed
        #expect(related.count == 8)
        #expect(Set(counts("embed").keys).isDisjoint(with: counts("quirky").keys))
    }
}

@Suite struct SignProjectionTests {
    private func row(_ feature: UInt64, dimensions: Int, seed: UInt64 = 1) -> [Float] {
        let projection = SignProjection(dimensions: dimensions, seed: seed)
        var sum = [SIMD8<Float>](repeating: .zero, count: projection.groupCount)
        projection.add(feature, weight: 1, to: &sum)
        return (0..<dimensions).map { sum[$0 / 8][$0 % 8] }
    }

    @Test func entriesArePlusOrMinusOne() {
        #expect(row(3, dimensions: 300).allSatisfy { $0.magnitude == 1 })
    }

    @Test func dimensionsBeginAlike() {
        #expect(row(3, dimensions: 300).prefix(77).elementsEqual(row(3, dimensions: 77)))
    }

    @Test func rowsOfDifferentFeaturesAndSeedsAreUnrelated() {
        let first = row(3, dimensions: 4096)
        for other in [
            row(4, dimensions: 4096), row(3 << 32, dimensions: 4096),
            row(3, dimensions: 4096, seed: 2), row(3, dimensions: 4096, seed: 1 << 32 | 1),
        ] {
            let product = zip(first, other).reduce(0) { $0 + $1.0 * $1.1 }
            // Five standard deviations of a sum of 4096 random signs.
            #expect(product.magnitude < 320)
        }
        #expect(first.reduce(0, +).magnitude < 320)
    }
}

@Suite struct HashingEmbedderTests {
    private static let corpus = [
        "The scalar holds one value.", "The array holds many scalar values.",
        "The regular expression matches the text.", "The pattern matches a string of text.",
    ]

    private func embed(_ sentence: String, dimensions: Int = 64) -> [Float] {
        var features = SentenceFeatures()
        var rarity = FeatureRarity()
        for sentence in Self.corpus {
            rarity.count(sentence, using: &features)
        }
        let embedder = HashingEmbedder(dimensions: dimensions, seed: 7, rarity: rarity)
        var row = [Float](repeating: 0, count: dimensions)
        row.withUnsafeMutableBufferPointer {
            embedder.embed(sentence, using: &features, into: $0)
        }
        return row
    }

    @Test func vectorsHaveLengthOne() {
        for sentence in Self.corpus + ["unseen words only"] {
            let squares = embed(sentence).reduce(0) { $0 + $1 * $1 }
            #expect((squares - 1).magnitude < 1e-5)
        }
        #expect(embed("...").allSatisfy { $0 == 0 })
    }

    @Test func relatedSentencesAreNearer() {
        func cosine(_ first: Int, _ second: Int) -> Float {
            zip(
                embed(Self.corpus[first], dimensions: 1024),
                embed(Self.corpus[second], dimensions: 1024)
            ).reduce(0) { $0 + $1.0 * $1.1 }
        }
        #expect(cosine(0, 1) > cosine(0, 3))
        #expect(cosine(2, 3) > cosine(0, 2))
    }

    @Test func rarityOfCommonFeaturesIsLower() {
        var features = SentenceFeatures()
        var rarity = FeatureRarity()
        for sentence in Self.corpus {
            rarity.count(sentence, using: &features)
        }
        let weights = rarity.weights()
        var common: [Float] = []
        features.forEach(in: "the") { feature, _ in
            common.append(weights[FeatureRarity.bucket(of: feature)])
        }
        var rare: [Float] = []
        features.forEach(in: "regular") { feature, _ in
            rare.append(weights[FeatureRarity.bucket(of: feature)])
        }
        #expect((common.max() ?? 0) < (rare.min() ?? 0))
        #expect(common.allSatisfy { $0 > 0 })
    }

    @Test func removingTheCommonComponentCentresRows() {
        var values: [Float] = [1, 0, 0, 0.8, 0.6, 0, 0.8, 0, 0.6]
        let length = CommonComponent.remove(from: &values, dimensions: 3)
        #expect((length - (2.6 * 2.6 + 2 * 0.6 * 0.6).squareRoot() / 3).magnitude < 1e-6)
        for start in [0, 3, 6] {
            let squares = values[start..<start + 3].reduce(0) { $0 + $1 * $1 }
            #expect((squares - 1).magnitude < 1e-5)
        }
        // (1, 0, 0) minus the mean (2.6, 0.6, 0.6) / 3, at length 1.
        let expected: [Float] = [0.42640143, -0.6396021, -0.6396021]
        for (value, expected) in zip(values, expected) {
            #expect((value - expected).magnitude < 1e-6)
        }
    }

    @Test func equalRowsKeepTheirDirection() {
        var values: [Float] = [0.6, 0.8, 0.6, 0.8]
        #expect(CommonComponent.remove(from: &values, dimensions: 2) > 0.999)
        #expect(values == [0.6, 0.8, 0.6, 0.8])
    }
}
