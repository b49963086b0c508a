import TandemDatasets
import TandemDevices
import Foundation
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing
import TandemTraining

@testable import TandemRecipes

/// The gradients of the whole network, layer by layer, against central differences of the loss in double precision.
@Suite(.exclusiveDevices) struct TabularGradientTests {
    /// What the loss is computed from.
    enum Kind: String, CaseIterable {
        case sigmoid, identity, classification
    }

    /// The same network and loss once more, in plain loops over doubles.
    struct Reference {
        let kind: Kind
        let positiveWeight: Double
        let rows: [[Double]]
        let targets: [Double]

        func loss(_ layers: [(weight: [Double], bias: [Double])]) -> Double {
            zip(rows, targets).reduce(0) { sum, pair in
                var values = pair.0
                for (number, layer) in layers.enumerated() {
                    values = layer.bias.indices.map { output in
                        let sum = values.indices.reduce(layer.bias[output]) {
                            $0 + layer.weight[output * values.count + $1] * values[$1]
                        }
                        return number == layers.count - 1 ? sum : max(sum, 0)
                    }
                }
                return sum + loss(values[0], pair.1)
            } / Double(rows.count)
        }

        private func loss(_ x: Double, _ target: Double) -> Double {
            switch kind {
            case .sigmoid: pow(1 / (1 + exp(-x)) - target, 2)
            case .identity: pow(x - target, 2)
            case .classification:
                target == 1 ? positiveWeight * log1p(exp(-x)) : log1p(exp(x))
            }
        }
    }

    private func table(_ kind: Kind) -> NumericTable {
        switch kind {
        case .sigmoid: TabularTables.means(rows: 30)
        case .identity: TabularTables.prices(rows: 30)
        case .classification: TabularTables.classes(rows: 30, above: 1.2)
        }
    }

    @Test(arguments: TestDevices.all, Kind.allCases)
    func everyParameter(_ target: TestDevice, _ kind: Kind) throws {
        try table(kind).withFile { path in
            var configuration = TabularConfiguration.small(path)
            configuration.task = kind == .classification ? .classification : .regression
            configuration.model.hidden = [5, 4]
            configuration.model.dropout = 0
            let experiment = try configuration.experiment(on: target.device)
            let (recipe, data) = (experiment.recipe, experiment.data)
            let rows: [Int32] = [3, 0, 11, 7, 20, 5, 16]
            _ = try recipe.stage(rows[...])
            let context = ForwardContext.training(seed: 0, pass: 0)
            let loss = try recipe.loss(rows[...], context).values[0]
            try context.backward(from: loss)

            let width = data.table.width
            let reference = Reference(
                kind: kind, positiveWeight: data.positiveWeight,
                rows: rows.map { row in
                    data.training.features[Int(row) * width..<(Int(row) + 1) * width]
                        .map(Double.init)
                },
                targets: rows.map { Double(data.training.targets[Int($0)]) })
            let values = try experiment.arena.namedValues().map { $0.values.map(Double.init) }
            func value(_ values: [[Double]]) -> Double {
                reference.loss(
                    stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) })
            }
            let expected = Float(value(values))
            #expect(mismatch(try loss.values(), [expected], .forward) == nil)
            for (place, entry) in experiment.arena.entries.enumerated() {
                let gradient = values[place].indices.map { element in
                    func shifted(_ step: Double) -> Double {
                        var values = values
                        values[place][element] += step
                        return value(values)
                    }
                    return Float((shifted(1e-6) - shifted(-1e-6)) / 2e-6)
                }
                #expect(gradient.contains { $0 != 0 }, "\(entry.name)")
                let difference = mismatch(
                    try entry.parameter.gradient.values(), gradient, .gradient(of: gradient))
                #expect(difference == nil, "\(entry.name): \(difference ?? "")")
            }
        }
    }
}
