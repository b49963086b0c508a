import TandemDatasets
import TandemDevices
import Foundation
import TandemRecipes
import TandemTensors
import TandemTestSupport
import Testing

@Suite(.exclusiveDevices) struct RetrievalTests {
    /// Chains of the given lengths, all for training, with their vectors on a device.
    private struct Pool {
        let vectors: VectorTable
        let windows: ChainWindows
        let table: Tensor
        var otherRows = 0..<0

        init(
            lengths: [Int], contextLength: Int, stride: Int = 1, dimension: Int = 12,
            on device: any Device
        ) throws {
            var values: [Float] = []
            for (index, length) in lengths.enumerated() {
                values += ChainFolder.randomWalk(
                    length, dimension: dimension, identifier: UInt64(index))
            }
            vectors = try VectorTable(normalizing: values, dimension: dimension)
            let parts = [SplitPart](repeating: .training, count: lengths.count)
            windows = try DocumentChains(
                vectors: vectors, documentLengths: lengths, parts: parts
            ).windows(in: .training, contextLength: contextLength, stride: stride)
            table = try Tensor(vectors.values, shape: [vectors.count, dimension], on: device)
        }

        func evaluation(isFiltered: Bool) -> RetrievalEvaluation {
            RetrievalEvaluation(
                table: table, windows: windows, isFiltered: isFiltered, otherRows: otherRows)
        }

        /// A predictor that gives the true targets, block after block.
        func oracle() -> (Tensor) throws -> Tensor {
            var start = 0
            return { context in
                let rows = Array(windows.targetRows[start..<start + (try context.shape[1])])
                start += rows.count
                return try table.gather(
                    try IndexTensor(rows, shape: [rows.count], on: table.device))
            }
        }

        /// The rank of every query by the definition, scores in double precision.
        func ranks(_ predictions: [Float], isFiltered: Bool) -> [Int] {
            let d = vectors.dimension
            let targets = windows.targetRows.map { Int($0) }
            let candidates = targets + otherRows.filter { !targets.contains($0) }
            func score(_ query: Int, _ candidate: Int) -> Double {
                let row = candidates[candidate] * d
                return (0..<d).reduce(0) {
                    $0 + Double(predictions[query * d + $1]) * Double(vectors.values[row + $1])
                }
            }
            return (0..<windows.count).map { query in
                let own = score(query, query)
                var rank = 1
                for candidate in candidates.indices where candidate != query {
                    let row = candidates[candidate]
                    if isFiltered, windows.contextRows(of: query).contains(row) { continue }
                    if score(query, candidate) >= own { rank += 1 }
                }
                return rank
            }
        }
    }

    /// Sizes on both sides of a block of 2,048 queries.
    @Test(arguments: [1, 40, 2_100])
    func perfectPredictionsHitAlways(windows: Int) throws {
        let pool = try Pool(
            lengths: [windows + 2], contextLength: 2, on: try CPUDevice(threads: 2))
        let report = try pool.evaluation(isFiltered: false).report(pool.oracle())
        #expect(report.queries == windows)
        #expect(report.pool == windows)
        #expect(report.hits[1] == 1)
        #expect(report.meanReciprocalRank == 1)
        #expect(abs(report.meanCosine - 1) < 1e-6)
        for k in [5, 10] where k <= windows { #expect(report.hits[k] == 1) }
    }

    /// A prediction at right angles to all candidates scores them all equal: ties count against it.
    @Test(arguments: TestDevices.all)
    func constantScoresHitNothing(_ target: TestDevice) throws {
        let device = target.device
        for (windows, shares) in [(11, [0.0, 0, 0]), (10, [0, 0, 1]), (5, [0, 1, .nan])] {
            var values: [Float] = []
            for row in 0..<windows + 3 { values += [Float(row + 1), 1, 0] }
            let vectors = try VectorTable(normalizing: values, dimension: 3)
            let chains = try DocumentChains(
                vectors: vectors, documentLengths: [windows + 3], parts: [.training])
            let evaluation = RetrievalEvaluation(
                table: try Tensor(vectors.values, shape: [windows + 3, 3], on: device),
                windows: try chains.windows(in: .training, contextLength: 3), isFiltered: false)
            let report = try evaluation.report { context in
                let rows = [[Float]](repeating: [0, 0, 1], count: try context.shape[1])
                return try Tensor(rows.flatMap { $0 }, shape: [rows.count, 3], on: device)
            }
            for (k, share) in zip(RetrievalReport.ks, shares) {
                let found = try #require(report.hits[k])
                #expect(found == share || found.isNaN && share.isNaN, "\(windows) windows, \(k)")
            }
            #expect(abs(report.meanReciprocalRank - 1 / Double(windows)) < 1e-12)
        }
    }

    /// Ranks agree with a double loop over queries and candidates, so that exactly the own context is left out.
    @Test(arguments: TestDevices.all, [false, true])
    func ranksFollowTheDefinition(_ target: TestDevice, isFiltered: Bool) throws {
        for (contextLength, stride) in [(4, 1), (4, 2), (7, 3), (1, 1)] {
            let pool = try Pool(
                lengths: [25, 3, 18, 9], contextLength: contextLength, stride: stride,
                on: target.device)
            var predictions: [Float] = []
            let report = try pool.evaluation(isFiltered: isFiltered).report { context in
                let prediction = try ContextAverage.mean(of: 3).predict(context)
                predictions += try prediction.values()
                return prediction
            }
            let ranks = pool.ranks(predictions, isFiltered: isFiltered)
            let count = Double(ranks.count)
            for k in RetrievalReport.ks where k <= ranks.count {
                #expect(report.hits[k] == Double(ranks.count { $0 <= k }) / count)
            }
            let reciprocal = ranks.reduce(0) { $0 + 1 / Double($1) } / count
            #expect(abs(report.meanReciprocalRank - reciprocal) < 1e-12)
        }
    }

    /// More queries and candidates than a block holds, and candidates that are no query's target.
    @Test(arguments: TestDevices.all)
    func blocksDoNotShow(_ target: TestDevice) throws {
        var pool = try Pool(
            lengths: [2_000, 30, 400], contextLength: 3, dimension: 3, on: target.device)
        for otherRows in [0..<0, 0..<2_430] {
            pool.otherRows = otherRows
            var predictions: [Float] = []
            let scores = try pool.evaluation(isFiltered: true).scores { context in
                let prediction = try ContextAverage.mean(of: 2).predict(context)
                predictions += try prediction.values()
                return prediction
            }
            #expect(scores.pool == (otherRows.isEmpty ? 2_421 : 2_430))
            let expected = pool.ranks(predictions, isFiltered: true)
            // Neighbours that single precision cannot tell apart may change places.
            let far = zip(scores.ranks, expected).count { abs(Int($0) - $1) > 1 }
            #expect(far == 0)
            #expect(zip(scores.ranks, expected).count { Int($0) != $1 } < 25)
            #expect(scores.documents == pool.windows.documents)
        }
    }

    /// The figures by document are those of all queries taken apart.
    @Test func hitsByDocument() throws {
        let pool = try Pool(lengths: [25, 18, 9], contextLength: 4, on: try CPUDevice(threads: 1))
        let scores = try pool.evaluation(isFiltered: true).scores(
            ContextAverage.mean(of: 2).predict)
        let hits = scores.hitsByDocument(5)
        #expect(hits.map(\.queries) == [21, 14, 5])
        #expect(hits.map(\.document) == [0, 1, 2])
        let share = Double(hits.reduce(0) { $0 + $1.hits }) / 40
        #expect(share == scores.report.hits[5])
        let squares = hits.reduce(0.0) { sum, entry in
            let difference = Double(entry.hits) - share * Double(entry.queries)
            return sum + difference * difference
        }
        let other = try pool.evaluation(isFiltered: true).scores(
            ContextAverage.mean(of: 1).predict)
        let gain = try scores.gain(over: other, named: "copy")
        #expect(gain.name == "hit@5 over copy")
        #expect(gain.groups == [0, 1, 2] && gain.counts == [21, 14, 5])
        let difference = (scores.report.hits[5] ?? .nan) - (other.report.hits[5] ?? .nan)
        #expect(abs(gain.sums.reduce(0, +) / 40 - difference) < 1e-12)
        #expect(abs(scores.clusteredError(5) - (1.5 * squares).squareRoot() / 40) < 1e-12)
    }

    /// Two equal rows in one document, both targets.
    @Test func duplicatesOfTargetsAreCounted() throws {
        var values = ChainFolder.randomWalk(20, dimension: 6, identifier: 3)
        for column in 0..<6 { values[15 * 6 + column] = 2 * values[8 * 6 + column] }
        let vectors = try VectorTable(normalizing: values, dimension: 6)
        let chains = try DocumentChains(
            vectors: vectors, documentLengths: [20], parts: [.training])
        let evaluation = RetrievalEvaluation(
            table: try Tensor(vectors.values, shape: [20, 6], on: try CPUDevice(threads: 1)),
            windows: try chains.windows(in: .training, contextLength: 2), isFiltered: true)
        #expect(try evaluation.duplicateTargets() == 2)
    }

    @Test func filteringChangesTheRanks() throws {
        let pool = try Pool(lengths: [25, 18], contextLength: 4, on: try CPUDevice(threads: 1))
        let copy = ContextAverage.mean(of: 1)
        let raw = try pool.evaluation(isFiltered: false).report(copy.predict)
        let filtered = try pool.evaluation(isFiltered: true).report(copy.predict)
        // The copy's nearest candidate is the vector itself, wherever it is a candidate.
        #expect(filtered.meanReciprocalRank > raw.meanReciprocalRank)
        #expect(filtered.meanCosine == raw.meanCosine)
    }

    @Test(arguments: TestDevices.all, [0, Float.nan, 2, .infinity])
    func predictionsWithoutUnitLengthAreRefused(_ target: TestDevice, length: Float) throws {
        let pool = try Pool(lengths: [12], contextLength: 2, on: target.device)
        let error = #expect(throws: RetrievalError.self) {
            try pool.evaluation(isFiltered: true).report { context in
                var values = try ContextAverage.mean(of: 1).predict(context).values()
                for index in 72..<84 { values[index] *= length }
                return try Tensor(values, shape: [10, 12], on: target.device)
            }
        }
        guard case .badPrediction(let window, _) = error else {
            Issue.record("no error")
            return
        }
        #expect(window == 6)
    }
}
