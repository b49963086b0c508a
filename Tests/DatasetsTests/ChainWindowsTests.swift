import Testing

@testable import TandemDatasets

@Suite struct WindowsTests {
    static let lengths = [7, 3, 4, 12]
    static let parts: [SplitPart] = [.training, .training, .test, .training]

    @Test func windowsStayInsideTheirDocument() throws {
        let chains = try randomChains(Self.lengths, parts: Self.parts)
        let windows = try chains.windows(in: .training, contextLength: 3)
        // n - C windows of every document: 4 + 0 + 9.
        #expect(windows.count == 13)
        #expect(windows.firstRows == [0, 1, 2, 3] + Array(14..<23))
        #expect(windows.documents == [0, 0, 0, 0] + [Int32](repeating: 3, count: 9))
        #expect(windows.contextRows(of: 4) == 14..<17)
        #expect(windows.targetRow(of: 4) == 17)
        #expect(windows.targetRows.last == 25)
        for index in 0..<windows.count {
            let document = chains.documents[Int(windows.documents?[index] ?? 0)]
            #expect(document.contains(windows.contextRows(of: index).lowerBound))
            #expect(document.contains(windows.targetRow(of: index)))
        }
        #expect(try chains.windows(in: .test, contextLength: 3).firstRows == [10])
        #expect(try chains.windows(in: .validation, contextLength: 3).count == 0)
    }

    @Test func strideStartsAnewInEveryDocument() throws {
        let chains = try randomChains(Self.lengths, parts: Self.parts)
        let windows = try chains.windows(in: .training, contextLength: 3, stride: 4)
        #expect(windows.firstRows == [0, 14, 18, 22])
    }

    @Test(arguments: [(0, 1), (1, 0), (-3, 1), (4, -1)])
    func impossibleWindows(contextLength: Int, stride: Int) throws {
        let chains = try randomChains([9])
        let problem = ChainsProblem.badWindow(contextLength: contextLength, stride: stride)
        #expect(throws: problem) {
            try chains.windows(in: .training, contextLength: contextLength, stride: stride)
        }
        #expect(throws: problem) {
            try ChainWindows.stream(rowCount: 9, contextLength: contextLength, stride: stride)
        }
    }

    @Test func hugeContextsGiveNoWindows() throws {
        let chains = try randomChains([9])
        #expect(try chains.windows(in: .training, contextLength: .max, stride: .max).count == 0)
        #expect(try chains.windows(in: .training, contextLength: 1, stride: .max).count == 1)
        #expect(try ChainWindows.stream(rowCount: 9, contextLength: .max).count == 0)
        #expect(try ChainWindows.stream(rowCount: 0, contextLength: 1).count == 0)
    }

    @Test(arguments: [
        (637_997, 100, 50, 12_757), (637_997, 500, 250, 2_549), (637_997, 1_000, 500, 1_273),
        (637_997, 2_000, 1_000, 635), (771_115, 1_000, 500, 1_540), (771_115, 2_000, 1_000, 769),
    ])
    func streamCounts(rows: Int, contextLength: Int, stride: Int, count: Int) throws {
        let windows = try ChainWindows.stream(rowCount: rows, contextLength: contextLength)
        #expect(windows.count == count)
        #expect(windows.documents == nil)
        #expect(windows.firstRows.prefix(3) == [0, Int32(stride), Int32(2 * stride)])
        #expect(try #require(windows.targetRows.max()) < rows)
        #expect(
            try ChainWindows.stream(rowCount: rows, contextLength: contextLength, stride: stride)
                == windows)
    }

    @Test func aRandomSplitOfWindows() throws {
        let windows = try ChainWindows.stream(rowCount: 35_218, contextLength: 16)
        let (training, heldOut) = try windows.randomSplit(holdingOut: 0.1, seed: 42)
        #expect(training.count == 3_960)
        #expect(heldOut.count == 440)
        #expect((training.firstRows + heldOut.firstRows).sorted() == windows.firstRows)
        #expect(training.firstRows == training.firstRows.sorted())
        #expect(try windows.randomSplit(holdingOut: 0.1, seed: 42).heldOut == heldOut)
        #expect(try windows.randomSplit(holdingOut: 0.1, seed: 43).heldOut != heldOut)
        #expect(throws: ChainsProblem.badFraction(1.5)) {
            try windows.randomSplit(holdingOut: 1.5, seed: 1)
        }
        #expect(throws: ChainsProblem.self) {
            try windows.randomSplit(holdingOut: .nan, seed: 1)
        }
    }
}

@Suite struct SplitTests {
    @Test(arguments: [
        (1, 1, 0, 0), (2, 2, 0, 0), (3, 1, 1, 1), (5, 3, 1, 1), (10, 8, 1, 1), (374, 299, 37, 38),
    ])
    func sizes(documents: Int, training: Int, validation: Int, test: Int) {
        let parts = SplitPart.seeded(documentCount: documents, seed: 11)
        #expect(parts.count { $0 == .training } == training)
        #expect(parts.count { $0 == .validation } == validation)
        #expect(parts.count { $0 == .test } == test)
    }

    @Test func theSeedDecides() {
        let parts = SplitPart.seeded(documentCount: 100, seed: 1)
        #expect(SplitPart.seeded(documentCount: 100, seed: 1) == parts)
        #expect(SplitPart.seeded(documentCount: 100, seed: 2) != parts)
    }

    /// Kept runs must find their test documents again.
    @Test(
        arguments: [
            (3, 1, 0xea9c_a218_75dc_49e4), (10, 0, 0x9b19_b2b3_b986_196c),
            (101, 42, 0xb6d7_3ab1_e3a9_9891),
        ] as [(Int, UInt64, UInt64)])
    func partsStayWhatTheyWere(documents: Int, seed: UInt64, digest: UInt64) {
        let parts = SplitPart.seeded(documentCount: documents, seed: seed)
        #expect(rowDigest(parts.map { Int32($0.rawValue) }) == digest)
    }

    @Test func foldsOfDocumentsShareNothing() throws {
        let chains = try randomChains([Int](repeating: 12, count: 10), dimension: 24)
        let folds = try DataFolds(5, of: SplitExamples(count: chains.documents.count), seed: 1)
        for fold in 0..<5 {
            let divided = try chains.divided(
                by: folds.split(testingOn: fold, validation: 0.25))
            #expect(divided.documents(in: .test).map(Int32.init) == folds.folds[fold])
            #expect(divided.documents(in: .validation).count == 2)
            #expect(divided.documents(in: .training).count == 6)
            #expect(divided.splitOrigin == .given)
        }
        #expect(throws: ChainsProblem.splitOutside(document: 10, documents: 10)) {
            try chains.divided(by: DataSplit(training: [0], validation: [], test: [10]))
        }
    }

    @Test func aSplitByDocumentSharesNothing() throws {
        let chains = try randomChains([Int](repeating: 12, count: 30), dimension: 24)
        let windows = try SplitPart.allCases.map { part in
            try chains.windows(in: part, contextLength: 4)
        }
        let report = try chains.verifySplit(
            training: windows[0], heldOut: [(.validation, windows[1]), (.test, windows[2])])
        #expect(report.isLeakFree)
        #expect(report.trainingWindowCount == windows[0].count)
        #expect(report.comparisons.map(\.windowCount) == [windows[1].count, windows[2].count])
        #expect(report.description.contains("validation: \(windows[1].count) windows"))
    }

    @Test func sharedRowsAndDocumentsAreCounted() throws {
        let chains = try randomChains([10, 10], dimension: 24)
        let training = ChainWindows(contextLength: 3, firstRows: [0, 10], documents: [0, 1])
        let heldOut = ChainWindows(contextLength: 3, firstRows: [2, 5], documents: [0, 0])
        let report = try chains.verifySplit(training: training, heldOut: [(.test, heldOut)])
        // Training uses rows 0...3 and 10...13, the held-out windows 2...8.
        #expect(report.comparisons[0].sharedRows == 2)
        #expect(report.comparisons[0].sharedDocuments == 1)
        #expect(report.comparisons[0].duplicateTargets == 0)
        #expect(!report.isLeakFree)
    }

    /// The search against comparison of all pairs, with duplicates planted on both sides of the
    /// threshold: copies, copies turned a little, copies turned just too far.
    @Test(arguments: [3, 24, 100]) func duplicatesAreFoundExactly(dimension: Int) throws {
        var values = randomRows(400, dimension: dimension, seed: 8)
        let base = try VectorTable(normalizing: values, dimension: dimension).values
        for copy in 0..<60 {
            let turn = Float(copy % 6) * 0.004
            let (source, target) = ((3 * copy) * dimension, (200 + 3 * copy) * dimension)
            for column in 0..<dimension { values[target + column] = base[source + column] }
            values[target + copy % dimension] += turn
        }
        let table = try VectorTable(normalizing: values, dimension: dimension)
        let chains = try DocumentChains(
            vectors: table, documentLengths: [200, 200], parts: [.training, .test])
        let training = try chains.windows(in: .training, contextLength: 1)
        let test = try chains.windows(in: .test, contextLength: 1)
        let report = try chains.verifySplit(training: training, heldOut: [(.test, test)])

        let expected = test.targetRows.filter { target in
            (0..<200).contains { row in
                let cosine = (0..<dimension).reduce(0) { sum, column in
                    sum + Double(table.values[Int(target) * dimension + column])
                        * Double(table.values[row * dimension + column])
                }
                return cosine > SplitReport.duplicateCosine
            }
        }
        #expect(report.comparisons[0].duplicateTargets == expected.count)
        #expect(expected.count >= 30 && expected.count < 200)
        #expect(
            report.comparisons[0].examples.map(\.targetRow) == expected.prefix(5).map { Int($0) })
        #expect(report.comparisons[0].examples.allSatisfy { $0.cosine > 0.9999 })
    }

    @Test func windowsOfAnotherTableAreRefused() throws {
        let chains = try randomChains([10])
        let windows = try ChainWindows.stream(rowCount: 100, contextLength: 4)
        #expect(throws: ChainsProblem.self) {
            try chains.verifySplit(training: windows, heldOut: [])
        }
    }
}
