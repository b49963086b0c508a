import Glibc
import TandemDevices

/// Multi-head attention in double precision, element by element.
struct ReferenceAttention {
    let shape: AttentionShape
    let query: [Double]
    let key: [Double]
    let value: [Double]
    let mask: [Double]?

    private var stride: Int { shape.heads * shape.width }

    /// The place of an element of a position's head.
    private func place(
        _ sequence: Int, _ position: Int, _ positions: Int, _ head: Int, _ element: Int
    )
        -> Int
    {
        (sequence * positions + position) * stride + head * shape.width + element
    }

    /// Calls `body` with sequence, head and query for every row of the scores, in order.
    private func forEachRow(_ body: (_ sequence: Int, _ head: Int, _ row: Int) -> Void) {
        for sequence in 0..<shape.batch {
            for head in 0..<shape.heads {
                for row in 0..<shape.queries { body(sequence, head, row) }
            }
        }
    }

    private func score(_ sequence: Int, _ head: Int, _ row: Int, _ column: Int) -> Double {
        if shape.isCausal && column > row { return -.infinity }
        var sum = 0.0
        for element in 0..<shape.width {
            sum +=
                query[place(sequence, row, shape.queries, head, element)]
                * key[place(sequence, column, shape.keys, head, element)]
        }
        sum *= Double(shape.scale)
        guard let mask else { return sum }
        let matrix =
            (shape.maskHasBatch ? sequence : 0) * (shape.maskHasHeads ? shape.heads : 1)
            + (shape.maskHasHeads ? head : 0)
        return sum + mask[(matrix * shape.queries + row) * shape.keys + column]
    }

    /// `[batch, heads, queries, keys]`; rows without a visible key are 0.
    func probabilities() -> [Double] {
        var result: [Double] = []
        forEachRow { sequence, head, row in
            let scores = (0..<shape.keys).map { score(sequence, head, row, $0) }
            let normalizer = logSumExp(scores).value
            result += scores.map { $0 == -.infinity ? 0 : exp($0 - normalizer) }
        }
        return result
    }

    func output() -> [Double] {
        let weights = probabilities()
        var result = [Double](repeating: 0, count: query.count)
        var start = 0
        forEachRow { sequence, head, row in
            for element in 0..<shape.width {
                for column in 0..<shape.keys {
                    result[place(sequence, row, shape.queries, head, element)] +=
                        weights[start + column]
                        * value[place(sequence, column, shape.keys, head, element)]
                }
            }
            start += shape.keys
        }
        return result
    }

    func gradients(_ outputGradient: [Double]) -> (
        query: [Double], key: [Double], value: [Double]
    ) {
        let weights = probabilities()
        var dq = [Double](repeating: 0, count: query.count)
        var dk = [Double](repeating: 0, count: key.count)
        var dv = dk
        var start = 0
        forEachRow { sequence, head, row in
            let row0 = place(sequence, row, shape.queries, head, 0)
            let columns = (0..<shape.keys).map { place(sequence, $0, shape.keys, head, 0) }
            let dp = columns.map { column in
                (0..<shape.width).reduce(0) {
                    $0 + outputGradient[row0 + $1] * value[column + $1]
                }
            }
            let inner = (0..<shape.keys).reduce(0) { $0 + dp[$1] * weights[start + $1] }
            for (number, column) in columns.enumerated() {
                let weight = weights[start + number]
                let ds = Double(shape.scale) * weight * (dp[number] - inner)
                for element in 0..<shape.width {
                    dq[row0 + element] += ds * key[column + element]
                    dk[column + element] += ds * query[row0 + element]
                    dv[column + element] += weight * outputGradient[row0 + element]
                }
            }
            start += shape.keys
        }
        return (dq, dk, dv)
    }
}
