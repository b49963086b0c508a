import TandemDevices

/// The whole-sequence LSTM: forward with and without reserve and initial states, and forward followed by backward.
func lstmCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    lstmShapes(sizes).flatMap { shape in
        [false, true].flatMap { hasInitialStates in
            [
                LSTMCase(shape, hasInitialStates: hasInitialStates).forward(keepsReserve: false),
                LSTMCase(shape, hasInitialStates: hasInitialStates).training(.formula),
            ]
        }
    } + [
        LSTMCase(shape(3, 2, 3, 4), hasInitialStates: true).training(.centralDifference),
        LSTMCase(shape(4, 3, 5, 2), hasInitialStates: false).training(.centralDifference),
        LSTMCase(shape(3, 4, 7, 9), hasInitialStates: true, weightScale: 60)
            .forward(keepsReserve: true),
        LSTMCase(shape(3, 4, 7, 9), hasInitialStates: true, wantsInputGradients: false)
            .training(.formula),
    ]
}

private func shape(_ steps: Int, _ batch: Int, _ input: Int, _ hidden: Int) -> RecurrentShape {
    RecurrentShape(steps: steps, batch: batch, input: input, hidden: hidden)
}

private func lstmShapes(_ sizes: CaseSizes) -> [RecurrentShape] {
    let few = [shape(1, 1, 1, 1), shape(3, 1, 5, 3), shape(1, 5, 4, 2)]
    return !sizes.isFull
        ? few
        : few + [
            shape(3, 2, 31, 33), shape(2, 33, 7, 32), shape(5, 5, 64, 65), shape(4, 1, 129, 31),
            shape(7, 3, 1, 64),
        ]
}

private struct LSTMCase {
    let shape: RecurrentShape
    let hasInitialStates: Bool
    /// Factor of the weights; a large one saturates the gates.
    let weightScale: Float
    let wantsInputGradients: Bool

    init(
        _ shape: RecurrentShape, hasInitialStates: Bool, weightScale: Float = 1,
        wantsInputGradients: Bool = true
    ) {
        self.shape = shape
        self.hasInitialStates = hasInitialStates
        self.weightScale = weightScale
        self.wantsInputGradients = wantsInputGradients
    }

    /// The arrays that forward and backward read, on the device.
    private struct Inputs {
        let input: CaseBuilder.Handle
        let state, cell: CaseBuilder.Handle?
        let weights: [CaseBuilder.Handle]
    }

    private var label: String {
        "T=\(shape.steps) B=\(shape.batch) I=\(shape.input) H=\(shape.hidden)"
            + (hasInitialStates ? " with initial states" : "")
            + (weightScale == 1 ? "" : " saturated")
            + (wantsInputGradients ? "" : " weight gradients only")
    }

    private func reference(_ random: inout ValueSource) -> ReferenceLSTM {
        let (hidden, cell) = (shape.hidden, shape.batch * shape.hidden)
        let bound = weightScale / Float(hidden).squareRoot()
        func weights(_ count: Int) -> [Double] {
            random.uniform(count, in: -bound...bound).doubles
        }
        func state() -> [Double] {
            hasInitialStates
                ? random.uniform(cell).doubles : [Double](repeating: 0, count: cell)
        }
        return ReferenceLSTM(
            shape: shape, input: random.uniform(shape.steps * shape.batch * shape.input).doubles,
            initialState: state(), initialCell: state(),
            inputWeight: weights(4 * hidden * shape.input),
            hiddenWeight: weights(4 * hidden * hidden), inputBias: weights(4 * hidden),
            hiddenBias: weights(4 * hidden))
    }

    private func addInputs(_ lstm: ReferenceLSTM, to build: inout CaseBuilder) -> Inputs {
        let input = build.input("input", lstm.input.floats)
        let state =
            hasInitialStates ? build.input("initial state", lstm.initialState.floats) : nil
        let cell = hasInitialStates ? build.input("initial cell", lstm.initialCell.floats) : nil
        return Inputs(
            input: input, state: state, cell: cell,
            weights: [
                build.input("input weight", lstm.inputWeight.floats),
                build.input("hidden weight", lstm.hiddenWeight.floats),
                build.input("input bias", lstm.inputBias.floats),
                build.input("hidden bias", lstm.hiddenBias.floats),
            ])
    }

    private static func slices(_ handles: [CaseBuilder.Handle], _ arrays: CaseBuilder.Slices)
        -> RecurrentWeights
    {
        RecurrentWeights(
            inputWeight: arrays[handles[0]], hiddenWeight: arrays[handles[1]],
            inputBias: arrays[handles[2]], hiddenBias: arrays[handles[3]])
    }

    func forward(keepsReserve: Bool) -> CaseBuilder {
        var build = CaseBuilder("LSTM forward \(label)\(keepsReserve ? " with reserve" : "")")
        let lstm = reference(&build.random)
        let inputs = addInputs(lstm, to: &build)
        let result = lstm.forward()
        let output = build.output(
            "output", .closeToLargest(result.output, and: result.reserve, .forward))
        let finalCell = build.output(
            "final cell", .closeToLargest(result.finalCell, and: result.reserve, .forward))
        let reserve =
            keepsReserve
            ? build.output("reserve", .closeToLargest(result.reserve, .forward)) : nil
        build.calls { [shape] device, arrays in
            try device.lstmForward(
                input: arrays[inputs.input], initialState: inputs.state.map { arrays[$0] },
                initialCell: inputs.cell.map { arrays[$0] },
                weights: Self.slices(inputs.weights, arrays), output: arrays[output],
                finalCell: arrays[finalCell], reserve: reserve.map { arrays[$0] }, shape)
        }
        return build
    }

    func training(_ source: GradientSource) -> CaseBuilder {
        var build = CaseBuilder("LSTM forward and backward \(label)\(source.rawValue)")
        let lstm = reference(&build.random)
        let cell = shape.batch * shape.hidden
        let gradients = build.random.uniform(shape.steps * cell)
        let cellGradients = build.random.uniform(cell)
        let expected = gradient(of: lstm, gradients.doubles, cellGradients.doubles, source)
        let inputs = addInputs(lstm, to: &build)
        let result = lstm.forward()
        let output = build.output("output", .closeToLargest(result.output, .forward))
        let finalCell = build.output(
            "final cell", .closeToLargest(result.finalCell, and: result.reserve, .forward))
        let reserve = build.output("reserve", .closeToLargest(result.reserve, .forward))
        let outputGradient = build.input("output gradient", gradients)
        let finalCellGradient = build.input("final cell gradient", cellGradients)
        let wanted = [
            ("input gradient", expected.input),
            ("initial state gradient", expected.initialState),
            ("initial cell gradient", expected.initialCell),
        ].map { name, values in
            wantsInputGradients
                ? build.output(name, .closeToLargest(values, .gradient)) : nil
        }
        let weightGradients = [
            ("input weight gradient", expected.inputWeight),
            ("hidden weight gradient", expected.hiddenWeight),
            ("input bias gradient", expected.inputBias),
            ("hidden bias gradient", expected.hiddenBias),
        ].map { accumulated($0.0, $0.1, &build) }
        build.calls { [shape] device, arrays in
            let (state, cell) = (
                inputs.state.map { arrays[$0] }, inputs.cell.map { arrays[$0] }
            )
            let weights = Self.slices(inputs.weights, arrays)
            try device.lstmForward(
                input: arrays[inputs.input], initialState: state, initialCell: cell,
                weights: weights, output: arrays[output], finalCell: arrays[finalCell],
                reserve: arrays[reserve], shape)
            try device.lstmBackward(
                input: arrays[inputs.input], initialState: state, initialCell: cell,
                weights: weights, output: arrays[output], reserve: arrays[reserve],
                outputGradient: arrays[outputGradient],
                finalCellGradient: arrays[finalCellGradient],
                inputGradient: wanted[0].map { arrays[$0] },
                initialStateGradient: wanted[1].map { arrays[$0] },
                initialCellGradient: wanted[2].map { arrays[$0] },
                weightGradients: Self.slices(weightGradients, arrays), shape)
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
        of lstm: ReferenceLSTM, _ outputGradient: [Double], _ cellGradient: [Double],
        _ source: GradientSource
    ) -> ReferenceLSTM {
        switch source {
        case .formula:
            lstm.backward(outputGradient: outputGradient, cellGradient: cellGradient)
        case .centralDifference:
            lstm.centralDifferences(outputGradient: outputGradient, cellGradient: cellGradient)
        }
    }
}

extension ReferenceLSTM {
    /// The gradients of `dot(output, outputGradient) + dot(finalCell, cellGradient)` by central differences.
    func centralDifferences(outputGradient: [Double], cellGradient: [Double]) -> ReferenceLSTM {
        var gradient = self
        let arrays: [WritableKeyPath<ReferenceLSTM, [Double]>] = [
            \.input, \.initialState, \.initialCell, \.inputWeight, \.hiddenWeight, \.inputBias,
            \.hiddenBias,
        ]
        for array in arrays {
            gradient[keyPath: array] = CentralDifference.gradient(at: self[keyPath: array]) {
                var moved = self
                moved[keyPath: array] = $0
                let result = moved.forward()
                return dot(result.output, outputGradient) + dot(result.finalCell, cellGradient)
            }
        }
        return gradient
    }
}
