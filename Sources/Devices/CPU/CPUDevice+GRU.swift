import TandemCPUKernels

extension CPUDevice {
    /// The whole sequence: one product for all input gates, then each thread walks through time with its rows of the batch.
    public func gruForward(
        input: BufferSlice, initialState: BufferSlice?, weights: RecurrentWeights,
        output: BufferSlice,
        reserve: BufferSlice?, _ shape: RecurrentShape
    ) throws(DeviceError) {
        var arrays = tandem_gru_forward_arguments(
            input: try elements(input, "gruForward"),
            initial_state: try optionalElements(initialState, "gruForward"),
            input_weight: try elements(weights.inputWeight, "gruForward"),
            hidden_weight: try elements(weights.hiddenWeight, "gruForward"),
            input_bias: try elements(weights.inputBias, "gruForward"),
            hidden_bias: try elements(weights.hiddenBias, "gruForward"),
            output: try elements(output, "gruForward"),
            reserve: try optionalElements(reserve, "gruForward"))
        let workspace = try allocate(Int(tandem_gru_forward_workspace(shape.kernelShape)))
        tandem_gru_forward(
            executor, shape.kernelShape, &arrays, try elements(workspace.slice, "gruForward"))
    }

    /// Backward through time, then one large product for each weight gradient and the input gradient.
    public func gruBackward(
        input: BufferSlice, initialState: BufferSlice?, weights: RecurrentWeights,
        output: BufferSlice,
        reserve: BufferSlice, outputGradient: BufferSlice, inputGradient: BufferSlice?,
        initialStateGradient: BufferSlice?, weightGradients: RecurrentWeights,
        _ shape: RecurrentShape
    ) throws(DeviceError) {
        var arrays = tandem_gru_backward_arguments(
            input: try elements(input, "gruBackward"),
            initial_state: try optionalElements(initialState, "gruBackward"),
            input_weight: try elements(weights.inputWeight, "gruBackward"),
            hidden_weight: try elements(weights.hiddenWeight, "gruBackward"),
            output: try elements(output, "gruBackward"),
            reserve: try elements(reserve, "gruBackward"),
            output_gradient: try elements(outputGradient, "gruBackward"),
            input_gradient: try optionalElements(inputGradient, "gruBackward"),
            initial_state_gradient: try optionalElements(initialStateGradient, "gruBackward"),
            input_weight_gradient: try elements(weightGradients.inputWeight, "gruBackward"),
            hidden_weight_gradient: try elements(weightGradients.hiddenWeight, "gruBackward"),
            input_bias_gradient: try elements(weightGradients.inputBias, "gruBackward"),
            hidden_bias_gradient: try elements(weightGradients.hiddenBias, "gruBackward"))
        let workspace = try allocate(Int(tandem_gru_backward_workspace(shape.kernelShape)))
        tandem_gru_backward(
            executor, shape.kernelShape, &arrays, try elements(workspace.slice, "gruBackward"))
    }
}

extension RecurrentShape {
    fileprivate var kernelShape: tandem_gru_shape {
        tandem_gru_shape(
            steps: Int64(steps), batch: Int64(batch), input: Int64(input), hidden: Int64(hidden))
    }
}
