import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

@testable import TandemRecipes

/// The gradients of small lattices against central differences in double precision.
@Suite(.exclusiveDevices) struct DialogueGradientTests {
    typealias Core = DialogueModelTests.Core

    static let lattices: [Core] =
        LatticeGrid.Boundary.allCases.flatMap { boundary in
            LatticeGrid.Neighbourhood.allCases.flatMap { neighbourhood in
                DialogueModelConfiguration.Rule.allCases.map { rule in
                    Core("\(boundary), \(neighbourhood), \(rule)") {
                        ($0.boundary, $0.neighbourhood) = (boundary, neighbourhood)
                        $0.rule = rule
                        $0.steps = 2
                    }
                }
            }
        } + [
            Core("no placement") { $0.placement = .none }, Core("per step") { $0.perStep = true },
            Core("tanh") { $0.activation = .tanh },
            Core("two cells wide") { ($0.cells, $0.cellWidth) = ([1, 2, 3], 2) },
        ]

    /// The loss is the sum of the predictions under random weights.
    ///
    /// Of every tensor, the question among them, the slopes in two
    /// random directions are compared: a wrong number anywhere in a gradient changes both.
    @Test(arguments: TestDevices.all, lattices)
    func matchesDifferences(_ target: TestDevice, _ core: Core) throws {
        let device = target.device
        let model = DialogueModel(features: 12, core.configuration)
        try model.prepare(on: device)
        let arena = try ParameterArena(model, device: device, seed: 0)
        try randomize(arena)
        let question = CheckedInput([3, 12], 50)
        let weights = CheckedInput([3, 12], 51)
        let context = ForwardContext.training(seed: 0, pass: 0)
        let x = context.variable(try question.tensor(on: device))
        let y = try #require(try model.predictions(x, context).first)
        try context.backward(from: y, gradient: weights.tensor(on: device))

        var reference = DialogueLatticeReference(
            configuration: core.configuration, parameters: [:])
        for (name, _, values) in try arena.namedValues() {
            reference.parameters[name] = values.map(Double.init)
        }
        let inputs = question.values.map(Double.init)
        let expected = reference(inputs).map { Float($0) }
        #expect(mismatch(try y.values(), expected, .forward) == nil)
        func loss(_ reference: DialogueLatticeReference, _ inputs: [Double]) -> Double {
            zip(weights.values, reference(inputs)).reduce(0) { $0 + Double($1.0) * $1.1 }
        }
        let gradient = try #require(try context.gradient(of: x)).values()
        check("question", gradient) { step in loss(reference, zip(inputs, step).map { $0 + $1 }) }
        for entry in arena.entries {
            let values = try #require(reference.parameters[entry.name])
            check(entry.name, try entry.parameter.gradient.values()) { step in
                var changed = reference
                changed.parameters[entry.name] = zip(values, step).map { $0 + $1 }
                return loss(changed, inputs)
            }
        }
    }

    /// Compares slopes; `loss` takes what is added to a tensor.
    private func check(_ name: String, _ gradient: [Float], _ loss: ([Double]) -> Double) {
        let norm = gradient.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        #expect(norm > 1e-4, "\(name)")
        for direction in 0..<2 {
            let way = CheckedInput([gradient.count], UInt64(60 + direction)).values.map(Double.init)
            let step = 1e-5
            let slope =
                (loss(way.map { $0 * step }) - loss(way.map { -$0 * step })) / (2 * step)
            let found = zip(gradient, way).reduce(0) { $0 + Double($1.0) * $1.1 }
            let length = way.reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(
                abs(found - slope) <= 1e-5 * norm * length, "\(name): \(found), not \(slope)")
        }
    }
}
