import TandemCPUKernels

extension CPUDevice {
    /// One product by own register tiles (small ones, and all with AVX-512) or by OpenBLAS, in blocks of the result.
    public func run(_ o: DeviceOperation.Matmul) throws(DeviceError) {
        let (m, n, k) = (Int64(o.parameters.m), Int64(o.parameters.n), Int64(o.parameters.k))
        var product = tandem_matmul_arguments(
            m: m, n: n, k: k, left: elements(o.left),
            left_stride: o.parameters.transposeLeft ? m : k,
            transpose_left: o.parameters.transposeLeft,
            right: elements(o.right),
            right_stride: o.parameters.transposeRight ? k : n,
            transpose_right: o.parameters.transposeRight,
            output: elements(o.output), output_stride: n, batch: Int64(o.parameters.batch),
            left_batch_stride: m * k, right_batch_stride: k * n, output_batch_stride: m * n,
            alpha: o.parameters.alpha, beta: o.parameters.beta,
            bias: elements(o.bias), activation: o.parameters.activation.rawValue)
        tandem_matmul(executor, &product)
    }

    /// Attention on the heads where they lie; each thread takes a sequence's head at a time.
    public func run(_ o: DeviceOperation.Attention) throws(DeviceError) {
        let workspace = try attentionWorkspace(o.shape, isNeeded: o.probabilities == nil)
        var arrays = tandem_attention_arguments(
            query: elements(o.query), key: elements(o.key), value: elements(o.value),
            mask: elements(o.mask), output: elements(o.output),
            probabilities: elements(o.probabilities))
        tandem_attention(executor, o.shape.kernelShape, &arrays, elements(workspace.slice))
    }

    /// Gradients of `attention`, shared out like it.
    public func run(_ o: DeviceOperation.AttentionBackward) throws(DeviceError) {
        let workspace = try attentionWorkspace(o.shape, isNeeded: true)
        var arrays = tandem_attention_backward_arguments(
            query: elements(o.query), key: elements(o.key), value: elements(o.value),
            probabilities: elements(o.probabilities), output_gradient: elements(o.outputGradient),
            query_gradient: elements(o.queryGradient), key_gradient: elements(o.keyGradient),
            value_gradient: elements(o.valueGradient))
        tandem_attention_backward(executor, o.shape.kernelShape, &arrays, elements(workspace.slice))
    }

    /// Room for the scores of one head per thread.
    private func attentionWorkspace(_ shape: AttentionShape, isNeeded: Bool) throws(DeviceError)
        -> DeviceBuffer
    {
        try allocate(isNeeded ? threads * shape.queries * shape.keys : 0)
    }

    /// The whole sequence: one product for all input gates, then each thread walks through time with its rows of the batch.
    public func run(_ o: DeviceOperation.GRUForward) throws(DeviceError) {
        var arrays = tandem_gru_forward_arguments(
            input: elements(o.input), initial_state: elements(o.initialState),
            input_weight: elements(o.weights.inputWeight),
            hidden_weight: elements(o.weights.hiddenWeight),
            input_bias: elements(o.weights.inputBias),
            hidden_bias: elements(o.weights.hiddenBias),
            output: elements(o.output), reserve: elements(o.reserve))
        let workspace = try allocate(Int(tandem_gru_forward_workspace(o.shape.kernelShape)))
        tandem_gru_forward(executor, o.shape.kernelShape, &arrays, elements(workspace.slice))
    }

    /// Backward through time, then one large product for each weight gradient and the input gradient.
    public func run(_ o: DeviceOperation.GRUBackward) throws(DeviceError) {
        var arrays = tandem_gru_backward_arguments(
            input: elements(o.input), initial_state: elements(o.initialState),
            input_weight: elements(o.weights.inputWeight),
            hidden_weight: elements(o.weights.hiddenWeight),
            output: elements(o.output), reserve: elements(o.reserve),
            output_gradient: elements(o.outputGradient),
            input_gradient: elements(o.inputGradient),
            initial_state_gradient: elements(o.initialStateGradient),
            input_weight_gradient: elements(o.weightGradients.inputWeight),
            hidden_weight_gradient: elements(o.weightGradients.hiddenWeight),
            input_bias_gradient: elements(o.weightGradients.inputBias),
            hidden_bias_gradient: elements(o.weightGradients.hiddenBias))
        let workspace = try allocate(Int(tandem_gru_backward_workspace(o.shape.kernelShape)))
        tandem_gru_backward(executor, o.shape.kernelShape, &arrays, elements(workspace.slice))
    }
}

extension AttentionShape {
    fileprivate var kernelShape: tandem_attention_shape {
        tandem_attention_shape(
            batch: Int64(batch), heads: Int64(heads), queries: Int64(queries), keys: Int64(keys),
            width: Int64(width), scale: scale, is_causal: isCausal, mask_has_batch: maskHasBatch,
            mask_has_heads: maskHasHeads)
    }
}

extension RecurrentShape {
    fileprivate var kernelShape: tandem_gru_shape {
        tandem_gru_shape(
            steps: Int64(steps), batch: Int64(batch), input: Int64(input), hidden: Int64(hidden))
    }
}
