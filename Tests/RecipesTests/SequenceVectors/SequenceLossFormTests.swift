import TandemDevices
import Foundation
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

@testable import TandemRecipes

/// The forms of the loss by themselves, on given rows.
@Suite(.exclusiveDevices) struct SequenceLossFormTests {
    /// The single term of a loss for rows in double precision by definition, and by `SequenceLoss`.
    private struct Case {
        var configuration = SequenceLossConfiguration()
        var predictions: [[Double]]
        var targets: [[Double]]
        var negatives: [[Double]] = []
        var mask: [[Double]]?

        private func dot(_ a: [Double], _ b: [Double]) -> Double {
            zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
        }

        /// `mean_b(logsumexp_j S_bj - S_bb)`, and the same for the transposed scores of the batch where asked.
        func expected() -> Double {
            let all = targets + negatives
            let scores = predictions.enumerated().map { i, p in
                all.enumerated().map { j, t in
                    dot(p, t) / configuration.temperature + (mask?[i][j] ?? 0)
                }
            }
            func contrast(_ scores: [[Double]]) -> Double {
                scores.enumerated().reduce(0) { sum, row in
                    sum + log(row.element.reduce(0) { $0 + exp($1) }) - row.element[row.offset]
                } / Double(scores.count)
            }
            let count = targets.count
            let transposed = (0..<count).map { j in (0..<count).map { i in scores[i][j] } }
            return contrast(scores) + (configuration.symmetric ? contrast(transposed) : 0)
        }

        func found(on device: any Device) throws -> Double {
            let loss = SequenceLoss(configuration)
            if configuration.learnsTemperature {
                _ = try ParameterArena(loss, device: device, seed: 1)
            }
            func tensor(_ rows: [[Double]]) throws -> Tensor {
                try Tensor(
                    rows.joined().map { Float($0) }, shape: [rows.count, rows[0].count],
                    on: device)
            }
            let candidates = SequenceLoss.Candidates(
                negatives: negatives.isEmpty ? nil : try tensor(negatives),
                mask: try mask.map(tensor),
                classes: try IndexTensor(upTo: predictions.count, on: device))
            let terms = try loss(
                tensor(predictions), tensor(targets), candidates, .evaluation())
            return Double(try terms[0].item())
        }
    }

    private func unitRows(_ count: Int, _ identifier: UInt64) -> [[Double]] {
        let values = CheckedInput([count, 6], identifier).values
        return (0..<count).map { row in
            let row = values[row * 6..<(row + 1) * 6].map(Double.init)
            let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return row.map { $0 / length }
        }
    }

    @Test(arguments: TestDevices.all, [false, true])
    func followsTheDefinition(_ target: TestDevice, symmetric: Bool) throws {
        for extra in [0, 3] {
            for learns in [false, true] {
                var test = Case(
                    predictions: unitRows(5, 1), targets: unitRows(5, 2),
                    negatives: extra == 0 ? [] : unitRows(extra, 3))
                test.configuration.symmetric = symmetric
                test.configuration.temperature = 0.3
                test.configuration.learnsTemperature = learns
                test.mask = (0..<5).map { i in
                    (0..<5 + extra).map { j in i != j && (i + j) % 3 == 0 ? -1e4 : 0 }
                }
                let expected = test.expected()
                #expect(abs(try test.found(on: target.device) - expected) <= 2e-5 * expected)
            }
        }
    }

    /// A model that has learned nothing: the logarithm of the number of candidates, in both directions where asked.
    @Test(arguments: TestDevices.all)
    func identicalRowsGiveLogarithms(_ target: TestDevice) throws {
        let row = unitRows(1, 1)[0]
        var test = Case(
            predictions: [[Double]](repeating: row, count: 7),
            targets: [[Double]](repeating: row, count: 7))
        #expect(abs(try test.found(on: target.device) - log(7)) <= 1e-5)
        test.configuration.symmetric = true
        #expect(abs(try test.found(on: target.device) - 2 * log(7)) <= 2e-5)
        test.negatives = [[Double]](repeating: row, count: 5)
        #expect(abs(try test.found(on: target.device) - log(12) - log(7)) <= 2e-5)
    }

    /// The gradient of the learned temperature by central differences; the parameter is the logarithm of its inverse.
    @Test(arguments: TestDevices.all)
    func temperatureHasItsGradient(_ target: TestDevice) throws {
        var test = Case(predictions: unitRows(5, 1), targets: unitRows(5, 2))
        test.configuration.temperature = 0.3
        test.configuration.learnsTemperature = true
        let loss = SequenceLoss(test.configuration)
        let arena = try ParameterArena(loss, device: target.device, seed: 1)
        #expect(arena.entries.map(\.name) == ["scale"])
        let context = ForwardContext.training(seed: 1, pass: 0)
        func tensor(_ rows: [[Double]]) throws -> Tensor {
            try Tensor(rows.joined().map { Float($0) }, shape: [5, 6], on: target.device)
        }
        let candidates = SequenceLoss.Candidates(
            classes: try IndexTensor(upTo: 5, on: target.device))
        let term = try loss(
            tensor(test.predictions), tensor(test.targets), candidates, context)[0]
        try context.backward(from: term)
        let found = Double(try target.device.download(arena.gradients)[0])
        func shifted(_ shift: Double) -> Double {
            var other = test
            other.configuration.temperature = 0.3 * exp(-shift)
            return other.expected()
        }
        let expected = (shifted(1e-4) - shifted(-1e-4)) / 2e-4
        #expect(abs(expected) > 0.01)
        #expect(abs(found - expected) <= 1e-4 * abs(expected))
    }
}
