import TandemDevices
import TandemRecipes
import TandemTensors
import TandemTestSupport
import Testing

/// The nearest rows agree with sorting all scores, over the borders of blocks.
@Suite(.exclusiveDevices) struct NearestRowsTests {
    private static let dimension = 5

    private static func rows(_ count: Int, _ identifier: UInt64) -> [Float] {
        ChainFolder.randomWalk(count, dimension: dimension, identifier: identifier)
    }

    /// The numbers of all rows that are not left out, the nearest first.
    private static func order(_ query: ArraySlice<Float>, _ table: [Float], _ leftOut: Range<Int>)
        -> [Int]
    {
        let scores = (0..<table.count / dimension).map { row in
            zip(query, table[row * dimension..<(row + 1) * dimension]).reduce(0.0) {
                $0 + Double($1.0) * Double($1.1)
            }
        }
        return scores.indices.filter { !leftOut.contains($0) }.sorted {
            scores[$0] > scores[$1] || scores[$0] == scores[$1] && $0 < $1
        }
    }

    @Test(arguments: TestDevices.all, [(3, 40, 5), (2_100, 30, 2), (5, 4_200, 7)])
    func agreesWithSorting(_ target: TestDevice, size: (queries: Int, rows: Int, k: Int)) throws {
        let device = target.device
        let table = try Tensor(
            Self.rows(size.rows, 1), shape: [size.rows, Self.dimension], on: device
        ).l2Normalized()
        let queries = try Tensor(
            Self.rows(size.queries, 2), shape: [size.queries, Self.dimension], on: device)
        let documents = [0..<10, 10..<11, 11..<size.rows]
        let search = NearestRows(table: table, documents: documents)
        let leftOut = (0..<size.queries).map { $0 % 20..<$0 % 20 + 4 }
        let found = try search.find(queries, k: size.k, leavingOut: leftOut)
        let (q, t) = (try queries.l2Normalized().values(), try table.values())
        #expect(found.count == size.queries)
        for query in stride(from: 0, to: size.queries, by: max(1, size.queries / 20)) {
            let own = q[query * Self.dimension..<(query + 1) * Self.dimension]
            let expected = Self.order(own, t, leftOut[query]).prefix(size.k)
            #expect(found[query].map(\.row) == Array(expected), "query \(query)")
            for neighbour in found[query] {
                #expect(documents[neighbour.document].contains(neighbour.row))
                #expect(
                    neighbour.position
                        == neighbour.row - documents[neighbour.document].lowerBound)
            }
        }
    }

    @Test func fewerRowsThanAskedFor() throws {
        let device = try CPUDevice(threads: 1)
        let table = try Tensor([1, 0, 0, 1, 0.6, 0.8], shape: [3, 2], on: device)
        let search = NearestRows(table: table, documents: [0..<3])
        let query = try Tensor([0, 2], shape: [1, 2], on: device)
        #expect(try search.find(query, k: 9)[0].map(\.row) == [1, 2, 0])
        #expect(try search.find(query, k: 9, leavingOut: [1..<2])[0].map(\.row) == [2, 0])
        #expect(try search.find(query, k: 0) == [[]])
    }

    @Test(arguments: [0, Float.nan, .infinity])
    func refusesWhatHasNoDirection(value: Float) throws {
        let device = try CPUDevice(threads: 1)
        let table = try Tensor([1, 0, 0, 1], shape: [2, 2], on: device)
        let search = NearestRows(table: table, documents: [0..<2])
        #expect(throws: RetrievalError.self) {
            try search.find(
                try Tensor([1, 0, value, 0], shape: [2, 2], on: device), k: 1)
        }
    }
}
