import TandemDevices

/// The whole-sequence GRU and LSTM: forward with and without reserve and initial states, and forward followed by backward.
func recurrentCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    [ReferenceRecurrent.Kind.gru, .lstm].flatMap { kind in
        func layer(_ shape: RecurrentShape, hasInitialStates: Bool) -> RecurrentCase {
            RecurrentCase(kind: kind, shape: shape, hasInitialStates: hasInitialStates)
        }
        var saturated = layer(shape(3, 4, 7, 9), hasInitialStates: true)
        saturated.weightScale = 60
        var weightsAlone = layer(shape(3, 4, 7, 9), hasInitialStates: true)
        weightsAlone.wantsInputGradients = false
        return recurrentShapes(kind, sizes).flatMap { shape in
            [false, true].map { layer(shape, hasInitialStates: $0) }.flatMap {
                [$0.forward(keepsReserve: false), $0.training(.formula)]
            }
        } + [
            layer(shape(3, 2, 3, 4), hasInitialStates: true).training(.centralDifference),
            layer(shape(4, 3, 5, 2), hasInitialStates: false).training(.centralDifference),
            saturated.forward(keepsReserve: true), weightsAlone.training(.formula),
        ]
    }
}

private func shape(_ steps: Int, _ batch: Int, _ input: Int, _ hidden: Int) -> RecurrentShape {
    RecurrentShape(steps: steps, batch: batch, input: input, hidden: hidden)
}

private func recurrentShapes(_ kind: ReferenceRecurrent.Kind, _ sizes: CaseSizes)
    -> [RecurrentShape]
{
    let few =
        [shape(1, 1, 1, 1), shape(3, 1, 5, 3), shape(1, 5, 4, 2)]
        + (kind == .gru ? [shape(2, 3, 1, 7)] : [])
    guard sizes.isFull else { return few }
    return few + [
        shape(3, 2, 31, 33), shape(2, 33, 7, 32), shape(5, 5, 64, 65), shape(4, 1, 129, 31),
        shape(7, 3, 1, 64),
    ] + (kind == .gru ? [shape(6, 17, 33, 16)] : [])
}

/// The arrays of weights, or of their gradients, in a case.
private struct WeightHandles {
    let inputWeight, hiddenWeight, inputBias, hiddenBias: CaseBuilder.Handle

    /// The arrays that `add` makes of the values in `layer`.
    init(_ layer: ReferenceRecurrent, _ add: (String, [Double]) -> CaseBuilder.Handle) {
        inputWeight = add("input weight", layer.inputWeight)
        hiddenWeight = add("hidden weight", layer.hiddenWeight)
        inputBias = add("input bias", layer.inputBias)
        hiddenBias = add("hidden bias", layer.hiddenBias)
    }

    func slices(_ arrays: CaseBuilder.Slices) -> RecurrentWeights {
        RecurrentWeights(
            inputWeight: arrays[inputWeight], hiddenWeight: arrays[hiddenWeight],
            inputBias: arrays[inputBias], hiddenBias: arrays[hiddenBias])
    }
}

/// The arrays of the forward pass; those of the cell are an LSTM's.
private struct ForwardHandles {
    let input: CaseBuilder.Handle
    let initialState, initialCell: CaseBuilder.Handle?
    let weights: WeightHandles
    let output: CaseBuilder.Handle
    let finalCell, reserve: CaseBuilder.Handle?

    func run(on device: any Device, _ arrays: CaseBuilder.Slices, _ shape: RecurrentShape) throws {
        guard let finalCell = arrays[finalCell] else {
            return try device.gruForward(
                input: arrays[input], initialState: arrays[initialState],
                weights: weights.slices(arrays), output: arrays[output], reserve: arrays[reserve],
                shape)
        }
        try device.lstmForward(
            input: arrays[input], initialState: arrays[initialState],
            initialCell: arrays[initialCell], weights: weights.slices(arrays),
            output: arrays[output], finalCell: finalCell, reserve: arrays[reserve], shape)
    }
}

private struct RecurrentCase {
    let kind: ReferenceRecurrent.Kind
    let shape: RecurrentShape
    let hasInitialStates: Bool
    /// Factor of the weights; a large one saturates the gates.
    var weightScale: Float = 1
    var wantsInputGradients = true

    private var label: String {
        "T=\(shape.steps) B=\(shape.batch) I=\(shape.input) H=\(shape.hidden)"
            + (hasInitialStates ? " with initial state\(kind == .lstm ? "s" : "")" : "")
            + (weightScale == 1 ? "" : " saturated")
            + (wantsInputGradients ? "" : " weight gradients only")
    }

    private func reference(_ random: inout ValueSource) -> ReferenceRecurrent {
        let (hidden, cell) = (shape.hidden, shape.batch * shape.hidden)
        let (gates, bound) = (kind.gates * hidden, weightScale / Float(hidden).squareRoot())
        func weights(_ count: Int) -> [Double] {
            random.uniform(count, in: -bound...bound).doubles
        }
        func state() -> [Double] {
            hasInitialStates ? random.uniform(cell).doubles : [Double](repeating: 0, count: cell)
        }
        return ReferenceRecurrent(
            kind: kind, shape: shape,
            input: random.uniform(shape.steps * shape.batch * shape.input).doubles,
            initialState: state(), initialCell: kind == .lstm ? state() : [],
            inputWeight: weights(gates * shape.input), hiddenWeight: weights(gates * hidden),
            inputBias: weights(gates), hiddenBias: weights(gates))
    }

    private func addForward(
        _ layer: ReferenceRecurrent, keepsReserve: Bool, to build: inout CaseBuilder
    ) -> ForwardHandles {
        let result = layer.forward()
        let isLSTM = kind == .lstm
        // Gates are rounded relative to their arguments, for which q in a GRU's reserve stands and, where the gates are
        // saturated, the cells in an LSTM's.
        let arguments = isLSTM && weightScale == 1 ? [] : result.reserve
        func state(_ name: String, _ values: [Double]) -> CaseBuilder.Handle? {
            hasInitialStates ? build.input(name, values.floats) : nil
        }
        return ForwardHandles(
            input: build.input("input", layer.input.floats),
            initialState: state("initial state", layer.initialState),
            initialCell: isLSTM ? state("initial cell", layer.initialCell) : nil,
            weights: WeightHandles(layer) { build.input($0, $1.floats) },
            output: build.output(
                "output", .closeToLargest(result.output, and: arguments, .forward)),
            finalCell: isLSTM
                ? build.output(
                    "final cell", .closeToLargest(result.finalCell, and: result.reserve, .forward))
                : nil,
            reserve: keepsReserve
                ? build.output("reserve", .closeToLargest(result.reserve, .forward)) : nil)
    }

    func forward(keepsReserve: Bool) -> CaseBuilder {
        var build = CaseBuilder(
            "\(kind.rawValue) forward \(label)\(keepsReserve ? " with reserve" : "")")
        let layer = reference(&build.random)
        let forward = addForward(layer, keepsReserve: keepsReserve, to: &build)
        return build.calls { [shape] device, arrays in
            try forward.run(on: device, arrays, shape)
        }
    }

    func training(_ source: GradientSource) -> CaseBuilder {
        var build = CaseBuilder("\(kind.rawValue) forward and backward \(label)\(source.rawValue)")
        let layer = reference(&build.random)
        let cell = shape.batch * shape.hidden
        let gradients = build.random.uniform(shape.steps * cell)
        let cellGradients = kind == .lstm ? build.random.uniform(cell) : []
        let expected =
            source == .formula
            ? layer.backward(outputGradient: gradients.doubles, cellGradient: cellGradients.doubles)
            : layer.centralDifferences(
                outputGradient: gradients.doubles, cellGradient: cellGradients.doubles)
        let forward = addForward(layer, keepsReserve: true, to: &build)
        let outputGradient = build.input("output gradient", gradients)
        let finalCellGradient =
            kind == .lstm ? build.input("final cell gradient", cellGradients) : nil
        func gradient(_ name: String, _ values: [Double]) -> CaseBuilder.Handle? {
            wantsInputGradients ? build.output(name, .closeToLargest(values, .gradient)) : nil
        }
        let inputGradient = gradient("input gradient", expected.input)
        let stateGradient = gradient("initial state gradient", expected.initialState)
        let cellGradient =
            kind == .lstm ? gradient("initial cell gradient", expected.initialCell) : nil
        // Arrays that hold something already, to which the gradients are added.
        let weightGradients = WeightHandles(expected) { name, gradient in
            let before = build.random.uniform(gradient.count)
            let sums = zip(before, gradient).map { Double($0) + $1 }
            return build.output(
                "\(name) gradient", initial: before, .closeToLargest(sums, .gradient))
        }
        return build.calls { [kind, shape] device, arrays in
            try forward.run(on: device, arrays, shape)
            guard let reserve = arrays[forward.reserve] else { return }
            if kind == .gru {
                try device.gruBackward(
                    input: arrays[forward.input], initialState: arrays[forward.initialState],
                    weights: forward.weights.slices(arrays), output: arrays[forward.output],
                    reserve: reserve, outputGradient: arrays[outputGradient],
                    inputGradient: arrays[inputGradient],
                    initialStateGradient: arrays[stateGradient],
                    weightGradients: weightGradients.slices(arrays), shape)
            } else {
                try device.lstmBackward(
                    input: arrays[forward.input], initialState: arrays[forward.initialState],
                    initialCell: arrays[forward.initialCell],
                    weights: forward.weights.slices(arrays), output: arrays[forward.output],
                    reserve: reserve, outputGradient: arrays[outputGradient],
                    finalCellGradient: arrays[finalCellGradient],
                    inputGradient: arrays[inputGradient],
                    initialStateGradient: arrays[stateGradient],
                    initialCellGradient: arrays[cellGradient],
                    weightGradients: weightGradients.slices(arrays), shape)
            }
        }
    }
}
