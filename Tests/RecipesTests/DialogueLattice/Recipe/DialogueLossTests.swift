import Glibc
import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing
import TandemTraining

@testable import TandemRecipes

/// The loss of vectors made by hand, and which pairs of a batch count as wrong answers.
@Suite(.exclusiveDevices) struct DialogueLossTests {
    private let device: any Device

    init() throws { device = try CPUDevice(threads: 1) }

    /// The weighted sum of the terms, and the gradient of the predictions.
    private func loss(
        _ predictions: [[Float]], _ answers: [[Float]],
        _ change: (inout DialogueLossConfiguration) -> Void = { _ in }
    ) throws -> (value: Float, gradient: [Float]) {
        var configuration = DialogueLossConfiguration()
        change(&configuration)
        let (count, width) = (predictions.count, predictions[0].count)
        func tensor(_ rows: [[Float]]) throws -> Tensor {
            try Tensor(rows.flatMap { $0 }, shape: [count, width], on: device)
        }
        let tape = Tape()
        let y = tape.variable(try tensor(predictions))
        let terms = try DialogueLoss(configuration: configuration)(
            y, tensor(answers), mask: .silencing(nil, count: count, own: 0, on: device),
            others: .silencing(nil, count: count, own: DialogueLoss.silenced, on: device),
            classes: IndexTensor(upTo: count, on: device))
        let weighted = try zip(configuration.terms, terms).map { try $1 * $0.weight }
        let total = try weighted.dropFirst().reduce(weighted[0]) { try $0 + $1 }
        try tape.backward(from: total)
        return (try total.item(), try #require(try tape.gradient(of: y)).values())
    }

    private let answers: [[Float]] = [[0.6, -0.8, 0, 0], [0.5, 0.5, 0.5, -0.5]]

    @Test func theAnswerItselfCostsNothing() throws {
        #expect(abs(try loss(answers, answers).value) < 1e-6)
    }

    /// 0.7 * 4 |a|^2 / D + 0.3 * 2 + 0.1 * 2 mean |a|, with |a| = 1 and D = 4.
    @Test func theOppositeOfTheAnswer() throws {
        let opposite = answers.map { $0.map { -$0 } }
        let size = answers.flatMap { $0 }.reduce(0) { $0 + $1.magnitude } / 8
        let expected = 0.7 * 4 / 4 + 0.6 + 0.2 * size
        #expect(abs(try loss(opposite, answers).value - expected) < 1e-6)
        let perVector = try loss(opposite, answers) { $0.reduction = .perVector }.value
        #expect(abs(perVector - (0.7 * 4 + 0.6 + 0.2 * size)) < 1e-5)
    }

    /// Answers need not be of unit length: 4 |a|^2 / D keeps the length, the cosine does not.
    @Test func theOppositeOfALongAnswer() throws {
        let long = answers.map { $0.map { 3 * $0 } }
        let size = long.flatMap { $0 }.reduce(0) { $0 + $1.magnitude } / 8
        let found = try loss(long.map { $0.map { -$0 } }, long).value
        #expect(abs(found - (0.7 * 4 * 9 / 4 + 0.6 + 0.2 * size)) < 1e-5)
    }

    /// A prediction of length 0 has the cosine 0; all terms stay finite, and so do their gradients.
    @Test func zeroVectors() throws {
        let zeros = [[Float]](repeating: [0, 0, 0, 0], count: 2)
        let size = answers.flatMap { $0 }.reduce(0) { $0 + $1.magnitude } / 8
        let plain = try loss(zeros, answers)
        #expect(abs(plain.value - (0.7 / 4 + 0.3 + 0.1 * size)) < 1e-6)
        #expect(plain.gradient.allSatisfy { $0.isFinite })
        let all = try loss(zeros, answers) {
            ($0.infoNCE, $0.triplet, $0.symmetric) = (1, 1, true)
        }
        #expect(all.value.isFinite && all.gradient.allSatisfy { $0.isFinite })
        #expect(try loss(zeros, zeros).value.isFinite)
    }

    /// A term of weight 0 is left out.
    @Test func termsThatCount() {
        var configuration = DialogueLossConfiguration()
        #expect(configuration.terms.map(\.name) == ["meanSquaredError", "cosineDistance", "l1"])
        #expect(!configuration.comparesPairs)
        (configuration.l1, configuration.infoNCE, configuration.triplet) = (0, 0.1, 0.2)
        #expect(
            configuration.terms.map(\.name) == [
                "meanSquaredError", "cosineDistance", "infoNCE", "triplet",
            ])
        #expect(configuration.comparesPairs)
    }

    /// Pairs of one group are no wrong answers for each other, nor are those with the same answer, nor those that others
    /// connect; what is left is the loss over the rest.
    @Test func pairsThatAreNoNegatives() throws {
        // 0 and 2 share a group, 1 and 2 an answer, and so do 5 and 3, which is all that connects 3, 4 and 5.
        let groups = ["a", "b", "a", "c", "d", "d", "e"]
        let sameAnswer = [2: 1, 5: 3]
        let vectors = (0..<7).map { CheckedInput([12], UInt64($0)).values }
        let data = try DialogueCase.data(
            7, group: { groups[$0] }, answer: { row, _ in vectors[sameAnswer[row] ?? row] })
        let connected: [Set<Int>] = [[0, 1, 2], [3, 4, 5], [6]]
        let configuration = DialogueCase.configuration {
            ($0.loss.infoNCE, $0.loss.triplet) = (1, 1)
        }
        let experiment = try configuration.experiment(data, on: device)
        let order: [Int32] = [6, 2, 0, 5, 1, 3, 4]
        let terms = try experiment.recipe.terms(order, .evaluation())
        #expect(
            experiment.recipe.lossTerms.map(\.name) == [
                "meanSquaredError", "cosineDistance", "l1", "infoNCE", "triplet",
            ])
        func cosine(_ a: Int32, _ b: Int32) -> Double {
            zip(data.questions([a]), data.answers([b])).reduce(0) {
                $0 + Double($1.0) * Double($1.1)
            }
        }
        var (contrast, triplet) = (0.0, 0.0)
        for row in order {
            let others = order.filter { other in
                !connected.contains { $0.contains(Int(row)) && $0.contains(Int(other)) }
            }
            #expect(others.count == 7 - (connected.first { $0.contains(Int(row)) }?.count ?? 0))
            let scores = ([row] + others).map { cosine(row, $0) / 0.05 }
            contrast += exponentialSum(scores) - scores[0]
            let hardest = others.map { cosine(row, $0) }.max() ?? 0
            triplet += max(0, 0.2 - cosine(row, row) + hardest)
        }
        #expect(abs(Double(terms[3]) - contrast / 7) < 1e-4 * contrast / 7)
        #expect(abs(Double(terms[4]) - triplet / 7) < 1e-5)
        #expect(contrast > 0.1 && triplet > 0.1)
    }
}

/// `log(sum(exp(x)))`.
private func exponentialSum(_ scores: [Double]) -> Double {
    let largest = scores.max() ?? 0
    return largest + log(scores.reduce(0) { $0 + exp($1 - largest) })
}
