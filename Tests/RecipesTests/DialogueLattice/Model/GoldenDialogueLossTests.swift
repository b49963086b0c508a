import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

@testable import TandemRecipes

/// The terms of the dialogue's loss against PyTorch, with the gradients of predictions of any length.
@Suite(.exclusiveDevices) struct GoldenDialogueLossTests {
    struct Case: Sendable, CustomStringConvertible {
        let description: String
        let isMasked: Bool
        let change: @Sendable (inout DialogueLossConfiguration) -> Void

        init(
            _ name: String, isMasked: Bool = false,
            _ change: @escaping @Sendable (inout DialogueLossConfiguration) -> Void
        ) {
            description = name
            self.isMasked = isMasked
            self.change = change
        }

        /// The weights of the case alone.
        var configuration: DialogueLossConfiguration {
            var configuration = DialogueLossConfiguration()
            if !["historic", "historic_per_vector", "retrieval"].contains(description) {
                configuration.meanSquaredError = 0
                configuration.cosine = 0
                configuration.l1 = 0
            }
            change(&configuration)
            return configuration
        }
    }

    static let cases =
        [
            Case("mse") { $0.meanSquaredError = 1 },
            Case("mse_per_vector") { ($0.meanSquaredError, $0.reduction) = (1, .perVector) },
            Case("cosine") { $0.cosine = 1 }, Case("l1") { $0.l1 = 1 }, Case("historic") { _ in },
            Case("historic_per_vector") { $0.reduction = .perVector },
            Case("retrieval") { $0.infoNCE = 0.1 },
        ]
        + [false, true].flatMap { isMasked -> [Case] in
            let end = isMasked ? "_masked" : ""
            return [
                Case("nce\(end)", isMasked: isMasked) { $0.infoNCE = 1 },
                Case("nce_symmetric\(end)", isMasked: isMasked) {
                    ($0.infoNCE, $0.symmetric) = (1, true)
                },
                Case("triplet\(end)", isMasked: isMasked) { $0.triplet = 1 },
            ]
        }

    @Test func allTermsAreKnown() throws {
        let names = try Golden("dialogue-losses").file.arrays.names
            .filter { $0.hasSuffix(".loss") }.map { String($0.dropLast(5)) }
        #expect(Set(names) == Set(Self.cases.map(\.description)))
    }

    @Test(arguments: TestDevices.all, cases)
    func term(_ target: TestDevice, _ loss: Case) throws {
        let device = target.device
        let file = try GiftGolden("dialogue-losses")
        let groups = loss.isMasked ? try file.golden.file.groups() : nil
        let count = try file.golden.shape("prediction").dimensions[0]
        let tape = Tape()
        let prediction = tape.variable(try file.tensor("prediction", on: device))
        let configuration = loss.configuration
        let terms = try DialogueLoss(configuration: configuration)(
            prediction, file.tensor("target", on: device),
            mask: .silencing(groups, count: count, own: 0, on: device),
            others: .silencing(groups, count: count, own: DialogueLoss.silenced, on: device),
            classes: IndexTensor(upTo: count, on: device))
        #expect(terms.count == configuration.terms.count)
        let weighted = try zip(configuration.terms, terms).map { try $1 * $0.weight }
        let total = try weighted.dropFirst().reduce(weighted[0]) { try $0 + $1 }
        file.expectNumber(
            try total.item(), try file.number("\(loss).loss"), "\(loss)")
        try tape.backward(from: total)
        try file.expectGradient(
            try #require(try tape.gradient(of: prediction)).values(),
            "\(loss).gradient.prediction")
    }
}

extension Tensor {
    /// `[B, B]`: what silences other pairs of the same group, `own` at the pairs themselves.
    static func silencing(
        _ groups: [Int32]?, count: Int, own: Float, on device: any Device
    ) throws -> Tensor {
        let groups = groups ?? [Int32](0..<Int32(count))
        let values = (0..<count * count).map { place -> Float in
            let (row, column) = (place / count, place % count)
            if row == column { return own }
            return groups[row] == groups[column] ? DialogueLoss.silenced : 0
        }
        return try Tensor(values, shape: [count, count], on: device)
    }
}
