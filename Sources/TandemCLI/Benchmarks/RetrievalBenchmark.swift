import TandemDevices
import TandemRecipes
import TandemTensors

/// Times the search for the nearest rows: every query scored against every candidate, the best of each kept.
struct RetrievalBenchmark {
    /// The sizes of a search.
    struct Size {
        let queries: Int
        let candidates: Int
        let width: Int
        let k: Int

        /// `queries x candidates x width x k`.
        var description: String { "\(queries)x\(candidates)x\(width)x\(k)" }

        /// Floating-point operations of the product.
        var operations: Double { 2 * Double(queries) * Double(candidates) * Double(width) }
    }

    let device: any Device
    let stopwatch: Stopwatch
    /// Queries whose result is checked.
    private let checkedQueries = 2

    /// The row of one size.
    func row(_ size: Size) throws -> BenchReport.Row {
        func unitRows(_ count: Int, _ identifier: Int) throws -> Tensor {
            try Tensor(
                shape: [count, size.width],
                slice: try device.uniform(count * size.width, identifier: identifier)
            ).l2Normalized()
        }
        let (queries, table) = (try unitRows(size.queries, 1), try unitRows(size.candidates, 2))
        let search = NearestRows(table: table, documents: [0..<size.candidates])
        var best = try search.best(queries, k: size.k)
        let times = try stopwatch.measure {
            best = try search.best(queries, k: size.k)
            try device.synchronize()
        }
        return BenchReport.Row(
            size.description, on: device, times: times, operations: size.operations,
            maxRelativeError: try error(
                size, try queries.values(), try table.values(), try best.values.values()))
    }

    /// The largest difference of a list from the best scores in double precision, over the largest of those.
    private func error(_ size: Size, _ queries: [Float], _ table: [Float], _ found: [Float])
        throws -> Double
    {
        var largest = 0.0
        for query in 0..<min(checkedQueries, size.queries) {
            var scores = (0..<size.candidates).map { row -> Double in
                var sum = 0.0
                for column in 0..<size.width {
                    sum +=
                        Double(queries[query * size.width + column])
                        * Double(table[row * size.width + column])
                }
                return sum
            }
            scores.sort(by: >)
            for place in 0..<size.k {
                let difference = abs(Double(found[query * size.k + place]) - scores[place])
                largest = max(largest, difference / scores[0])
            }
        }
        return largest
    }
}
