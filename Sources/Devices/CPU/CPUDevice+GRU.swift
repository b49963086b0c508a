import TandemCPUKernels

extension CPUDevice {
    /// The whole sequence: one product for all input gates, then each thread walks through time with its rows of the batch.
    public func run(_ o: DeviceOperation.GRUForward) throws(DeviceError) {
        var arrays = tandem_gru_forward_arguments(
            input: elements(o.input),
            initial_state: elements(o.initialState),
            input_weight: elements(o.weights.inputWeight),
            hidden_weight: elements(o.weights.hiddenWeight),
            input_bias: elements(o.weights.inputBias),
            hidden_bias: elements(o.weights.hiddenBias),
            output: elements(o.output),
            reserve: elements(o.reserve))
        let workspace = try allocate(Int(tandem_gru_forward_workspace(o.shape.kernelShape)))
        tandem_gru_forward(
            executor, o.shape.kernelShape, &arrays, elements(workspace.slice))
    }

    /// Backward through time, then one large product for each weight gradient and the input gradient.
    public func run(_ o: DeviceOperation.GRUBackward) throws(DeviceError) {
        var arrays = tandem_gru_backward_arguments(
            input: elements(o.input),
            initial_state: elements(o.initialState),
            input_weight: elements(o.weights.inputWeight),
            hidden_weight: elements(o.weights.hiddenWeight),
            output: elements(o.output),
            reserve: elements(o.reserve),
            output_gradient: elements(o.outputGradient),
            input_gradient: elements(o.inputGradient),
            initial_state_gradient: elements(o.initialStateGradient),
            input_weight_gradient: elements(o.weightGradients.inputWeight),
            hidden_weight_gradient: elements(o.weightGradients.hiddenWeight),
            input_bias_gradient: elements(o.weightGradients.inputBias),
            hidden_bias_gradient: elements(o.weightGradients.hiddenBias))
        let workspace = try allocate(Int(tandem_gru_backward_workspace(o.shape.kernelShape)))
        tandem_gru_backward(
            executor, o.shape.kernelShape, &arrays, elements(workspace.slice))
    }
}

extension RecurrentShape {
    fileprivate var kernelShape: tandem_gru_shape {
        tandem_gru_shape(
            steps: Int64(steps), batch: Int64(batch), input: Int64(input), hidden: Int64(hidden))
    }
}
