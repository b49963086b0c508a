import TandemDevices

/// The whole-sequence GRU: forward with and without reserve and initial state, and forward followed by backward.
func gruCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    gruShapes(sizes).flatMap { shape in
        [false, true].flatMap { hasInitialState in
            [
                GRUCase(shape, hasInitialState: hasInitialState).forward(keepsReserve: false),
                GRUCase(shape, hasInitialState: hasInitialState).training(.formula),
            ]
        }
    } + [
        GRUCase(shape(3, 2, 3, 4), hasInitialState: true).training(.centralDifference),
        GRUCase(shape(4, 3, 5, 2), hasInitialState: false).training(.centralDifference),
        GRUCase(shape(3, 4, 7, 9), hasInitialState: true, weightScale: 60)
            .forward(keepsReserve: true),
        GRUCase(shape(3, 4, 7, 9), hasInitialState: true, wantsInputGradients: false)
            .training(.formula),
    ]
}

private func shape(_ steps: Int, _ batch: Int, _ input: Int, _ hidden: Int) -> RecurrentShape {
    RecurrentShape(steps: steps, batch: batch, input: input, hidden: hidden)
}

private func gruShapes(_ sizes: CaseSizes) -> [RecurrentShape] {
    let few = [shape(1, 1, 1, 1), shape(3, 1, 5, 3), shape(2, 3, 1, 7), shape(1, 5, 4, 2)]
    return !sizes.isFull
        ? few
        : few + [
            shape(3, 2, 31, 33), shape(2, 33, 7, 32), shape(5, 5, 64, 65), shape(4, 1, 129, 31),
            shape(7, 3, 1, 64), shape(6, 17, 33, 16),
        ]
}

/// The arrays of a case on the device.
private struct WeightHandles {
    let inputWeight, hiddenWeight, inputBias, hiddenBias: CaseBuilder.Handle

    func slices(_ arrays: CaseBuilder.Slices) -> RecurrentWeights {
        RecurrentWeights(
            inputWeight: arrays[inputWeight], hiddenWeight: arrays[hiddenWeight],
            inputBias: arrays[inputBias], hiddenBias: arrays[hiddenBias])
    }
}

private struct GRUCase {
    let shape: RecurrentShape
    let hasInitialState: Bool
    /// Factor of the weights; a large one saturates the gates.
    var weightScale: Float = 1
    var wantsInputGradients = true

    init(
        _ shape: RecurrentShape, hasInitialState: Bool, weightScale: Float = 1,
        wantsInputGradients: Bool = true
    ) {
        self.shape = shape
        self.hasInitialState = hasInitialState
        self.weightScale = weightScale
        self.wantsInputGradients = wantsInputGradients
    }

    private var label: String {
        "T=\(shape.steps) B=\(shape.batch) I=\(shape.input) H=\(shape.hidden)"
            + (hasInitialState ? " with initial state" : "")
            + (weightScale == 1 ? "" : " saturated")
            + (wantsInputGradients ? "" : " weight gradients only")
    }

    private func reference(_ random: inout ValueSource) -> ReferenceGRU {
        let hidden = shape.hidden
        let bound = weightScale / Float(hidden).squareRoot()
        func weights(_ count: Int) -> [Double] {
            random.uniform(count, in: -bound...bound).doubles
        }
        return ReferenceGRU(
            shape: shape, input: random.uniform(shape.steps * shape.batch * shape.input).doubles,
            initialState: hasInitialState
                ? random.uniform(shape.batch * hidden).doubles
                : [Double](repeating: 0, count: shape.batch * hidden),
            inputWeight: weights(3 * hidden * shape.input),
            hiddenWeight: weights(3 * hidden * hidden), inputBias: weights(3 * hidden),
            hiddenBias: weights(3 * hidden))
    }

    private func addInputs(_ gru: ReferenceGRU, to build: inout CaseBuilder)
        -> (input: CaseBuilder.Handle, initialState: CaseBuilder.Handle?, weights: WeightHandles)
    {
        let input = build.input("input", gru.input.floats)
        let initialState =
            hasInitialState ? build.input("initial state", gru.initialState.floats) : nil
        let weights = WeightHandles(
            inputWeight: build.input("input weight", gru.inputWeight.floats),
            hiddenWeight: build.input("hidden weight", gru.hiddenWeight.floats),
            inputBias: build.input("input bias", gru.inputBias.floats),
            hiddenBias: build.input("hidden bias", gru.hiddenBias.floats))
        return (input, initialState, weights)
    }

    private func addOutputs(_ gru: ReferenceGRU, keepsReserve: Bool, to build: inout CaseBuilder)
        -> (output: CaseBuilder.Handle, reserve: CaseBuilder.Handle?)
    {
        let result = gru.forward()
        // The arguments of the gates are rounded relative to their own size, for which q in the reserve stands.
        let output = build.output(
            "output", .closeToLargest(result.output, and: result.reserve, .forward))
        let reserve =
            keepsReserve
            ? build.output("reserve", .closeToLargest(result.reserve, .forward)) : nil
        return (output, reserve)
    }

    func forward(keepsReserve: Bool) -> CaseBuilder {
        var build = CaseBuilder("GRU forward \(label)\(keepsReserve ? " with reserve" : "")")
        let gru = reference(&build.random)
        let inputs = addInputs(gru, to: &build)
        let results = addOutputs(gru, keepsReserve: keepsReserve, to: &build)
        build.calls { [shape] device, arrays in
            try device.gruForward(
                input: arrays[inputs.input], initialState: inputs.initialState.map { arrays[$0] },
                weights: inputs.weights.slices(arrays), output: arrays[results.output],
                reserve: results.reserve.map { arrays[$0] }, shape)
        }
        return build
    }

    func training(_ source: GradientSource) -> CaseBuilder {
        var build = CaseBuilder("GRU forward and backward \(label)\(source.rawValue)")
        let gru = reference(&build.random)
        let gradients = build.random.uniform(shape.steps * shape.batch * shape.hidden)
        let expected = gradient(of: gru, gradients.doubles, source)
        let inputs = addInputs(gru, to: &build)
        let results = addOutputs(gru, keepsReserve: true, to: &build)
        let outputGradient = build.input("output gradient", gradients)
        let inputGradient =
            wantsInputGradients
            ? build.output("input gradient", .closeToLargest(expected.input, .gradient)) : nil
        let stateGradient =
            wantsInputGradients
            ? build.output(
                "initial state gradient", .closeToLargest(expected.initialState, .gradient)) : nil
        let weightGradients = WeightHandles(
            inputWeight: accumulated("input weight gradient", expected.inputWeight, &build),
            hiddenWeight: accumulated("hidden weight gradient", expected.hiddenWeight, &build),
            inputBias: accumulated("input bias gradient", expected.inputBias, &build),
            hiddenBias: accumulated("hidden bias gradient", expected.hiddenBias, &build))
        build.calls { [shape] device, arrays in
            let initialState = inputs.initialState.map { arrays[$0] }
            let weights = inputs.weights.slices(arrays)
            guard let reserve = results.reserve else { return }
            try device.gruForward(
                input: arrays[inputs.input], initialState: initialState, weights: weights,
                output: arrays[results.output], reserve: arrays[reserve], shape)
            try device.gruBackward(
                input: arrays[inputs.input], initialState: initialState, weights: weights,
                output: arrays[results.output], reserve: arrays[reserve],
                outputGradient: arrays[outputGradient],
                inputGradient: inputGradient.map { arrays[$0] },
                initialStateGradient: stateGradient.map { arrays[$0] },
                weightGradients: weightGradients.slices(arrays), shape)
        }
        return build
    }

    /// An array that holds something already, to which the expected gradient is added.
    private func accumulated(
        _ name: String, _ gradient: [Double], _ build: inout CaseBuilder
    ) -> CaseBuilder.Handle {
        let before = build.random.uniform(gradient.count)
        return build.output(
            name, initial: before,
            .closeToLargest(zip(before, gradient).map { Double($0) + $1 }, .gradient))
    }

    private func gradient(
        of gru: ReferenceGRU, _ outputGradient: [Double], _ source: GradientSource
    ) -> ReferenceGRU {
        switch source {
        case .formula: gru.backward(outputGradient: outputGradient)
        case .centralDifference: gru.centralDifferences(outputGradient: outputGradient)
        }
    }
}

extension ReferenceGRU {
    /// The gradients of `dot(output, outputGradient)` with respect to everything, by central differences.
    func centralDifferences(outputGradient: [Double]) -> ReferenceGRU {
        var gradient = self
        let arrays: [WritableKeyPath<ReferenceGRU, [Double]>] = [
            \.input, \.initialState, \.inputWeight, \.hiddenWeight, \.inputBias, \.hiddenBias,
        ]
        for array in arrays {
            gradient[keyPath: array] = CentralDifference.gradient(at: self[keyPath: array]) {
                var moved = self
                moved[keyPath: array] = $0
                return dot(moved.forward().output, outputGradient)
            }
        }
        return gradient
    }
}
