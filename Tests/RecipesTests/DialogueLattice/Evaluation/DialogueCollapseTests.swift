import TandemBasics
import Testing

@testable import TandemRecipes

/// Eigenvalues, effective ranks and the warning about predictions that crowd together.
@Suite struct DialogueCollapseTests {
    private static func random(_ count: Int, seed: UInt64) -> [Float] {
        var generator = Philox(RandomStream(seed: seed, identifier: 7))
        return (0..<count).map { _ in Float(generator.nextNormalPair().0) }
    }

    @Test func eigenvaluesByHand() {
        // 2 - √2, 2, 2 + √2.
        let chain = HostMatrix([2, -1, 0, -1, 2, -1, 0, -1, 2], rows: 3, columns: 3)
        let values = SymmetricEigenvalues.values(chain)
        for (value, expected) in zip(values, [2 - 2.0.squareRoot(), 2, 2 + 2.0.squareRoot()]) {
            #expect(abs(value - expected) < 1e-14)
        }
        #expect(SymmetricEigenvalues.values(HostMatrix(rows: 3, columns: 3)) == [0, 0, 0])
        #expect(SymmetricEigenvalues.values(HostMatrix([-4], rows: 1, columns: 1)) == [-4])
        #expect(SymmetricEigenvalues.values(HostMatrix(rows: 0, columns: 0)) == [])
        let diagonal = HostMatrix([3, 0, 0, 0, -1, 0, 0, 0, 2], rows: 3, columns: 3)
        #expect(SymmetricEigenvalues.values(diagonal) == [-1, 2, 3])
        // Rank one: only the square of the length is left. What stands above the diagonal is not read.
        let line = HostMatrix([1, 9, 9, 2, 4, 9, 3, 6, 9], rows: 3, columns: 3)
        let one = SymmetricEigenvalues.values(line)
        #expect(abs(one[2] - 14) < 1e-13)
        #expect(one[0].magnitude < 1e-13 && one[1].magnitude < 1e-13)
    }

    @Test("Sums of values and of their squares are those of the matrix")
    func eigenvaluesOfLargerMatrices() {
        let size = 60
        let rows = HostMatrix(Self.random(size * size, seed: 1), columns: size)
        let product = rows.transposedProduct(rows)
        let values = SymmetricEigenvalues.values(product)
        let trace = (0..<size).reduce(0) { $0 + product.values[$1 * size + $1] }
        let squares = product.values.reduce(0) { $0 + $1 * $1 }
        #expect(abs(values.reduce(0, +) / trace - 1) < 1e-12)
        #expect(abs(values.reduce(0) { $0 + $1 * $1 } / squares - 1) < 1e-12)
        #expect(values == values.sorted())
        // A chain of n has the eigenvalues 2 - 2 cos(kπ / (n + 1)): of five, 2 - √3, 1, 2, 3, 2 + √3.
        let chain = (0..<25).map { place in
            let (row, column) = (place / 5, place % 5)
            return row == column ? 2.0 : abs(row - column) == 1 ? -1 : 0
        }
        let root = 3.0.squareRoot()
        let known = SymmetricEigenvalues.values(HostMatrix(chain, rows: 5, columns: 5))
        for (value, expected) in zip(known, [2 - root, 1, 2, 3, 2 + root]) {
            #expect(abs(value - expected) < 1e-14)
        }
    }

    @Test("Orthonormal rows have their number as effective rank", arguments: [(6, 6), (4, 9)])
    func orthonormal(count: Int, dimension: Int) {
        let rows = (0..<count * dimension).map { place -> Float in
            place / dimension == place % dimension ? 1 : 0
        }
        let spread = DialogueCrowding(rows, dimension: dimension)
        #expect(abs(spread.effectiveRank - Double(count)) < 1e-9)
        #expect(spread.meanPairwiseCosine == 0)
    }

    @Test("A single direction has the effective rank 1", arguments: [(20, 5), (5, 20)])
    func singleDirection(count: Int, dimension: Int) {
        let line = Self.random(dimension, seed: 3)
        let rows = (1...count).flatMap { scale in line.map { Float(scale) * $0 } }
        let spread = DialogueCrowding(rows, dimension: dimension)
        #expect(abs(spread.effectiveRank - 1) < 1e-3)
        #expect(abs((spread.meanPairwiseCosine ?? 0) - 1) < 1e-9)
    }

    @Test func unequalDirections() {
        // Nine rows along one axis and one along another: singular values 3 and 1, shares 3/4 and 1/4.
        let rows = (0..<10).flatMap { $0 < 9 ? [2, 0, 0] as [Float] : [0, 5, 0] }
        let spread = DialogueCrowding(rows, dimension: 3)
        // exp(ln 4 - 3/4 ln 3) = 4 / 3^(3/4).
        #expect(abs(spread.effectiveRank - 4 / 2.2795070569547775) < 1e-9)
        #expect(abs((spread.meanPairwiseCosine ?? 0) - 36.0 / 45) < 1e-12)
        #expect(DialogueCrowding([0, 0, 0, 0], dimension: 2).effectiveRank == 0)
        #expect(DialogueCrowding([1, 2], dimension: 2).meanPairwiseCosine == nil)
    }

    @Test func predictionsThatCrowdTogetherAreNamed() throws {
        let dimension = 8
        let answers = Self.random(600 * dimension, seed: 4)
        let crowded = answers.enumerated().map { $0.offset % dimension == 0 ? 4 : $0.element }
        let collapse = try DialogueCollapse(
            predictions: crowded, answers: answers, dimension: dimension, seed: 1)
        #expect(collapse.count == 500)
        #expect(collapse.isCollapsed)
        #expect(collapse.predictions.effectiveRank < collapse.answers.effectiveRank)
        let same = try DialogueCollapse(
            predictions: answers, answers: answers, dimension: dimension, seed: 1)
        #expect(!same.isCollapsed)
        #expect(same.predictions == same.answers)
        #expect(same.answers == collapse.answers)
        let others = try DialogueCollapse(
            predictions: answers, answers: answers, dimension: dimension, seed: 2)
        #expect(others.answers != same.answers)
        #expect(
            throws: DialogueEvaluationError.notFinite(
                what: "predictions", row: 0, value: "inf")
        ) {
            try DialogueCollapse(
                predictions: [1, .infinity], answers: [1, 2], dimension: 2, seed: 1)
        }
    }
}
