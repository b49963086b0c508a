import TandemCPUKernels

extension CPUDevice {
    /// Attention on the heads where they lie; each thread takes a sequence's head at a time.
    public func run(_ o: DeviceOperation.Attention) throws(DeviceError) {
        let workspace = try attentionWorkspace(o.shape, isNeeded: o.probabilities == nil)
        var arrays = tandem_attention_arguments(
            query: elements(o.query), key: elements(o.key),
            value: elements(o.value),
            mask: elements(o.mask),
            output: elements(o.output),
            probabilities: elements(o.probabilities))
        tandem_attention(
            executor, o.shape.kernelShape, &arrays, elements(workspace.slice))
    }

    /// Gradients of `attention`, shared out like it.
    public func run(_ o: DeviceOperation.AttentionBackward) throws(DeviceError) {
        let workspace = try attentionWorkspace(o.shape, isNeeded: true)
        var arrays = tandem_attention_backward_arguments(
            query: elements(o.query), key: elements(o.key),
            value: elements(o.value), probabilities: elements(o.probabilities),
            output_gradient: elements(o.outputGradient),
            query_gradient: elements(o.queryGradient),
            key_gradient: elements(o.keyGradient),
            value_gradient: elements(o.valueGradient))
        tandem_attention_backward(
            executor, o.shape.kernelShape, &arrays, elements(workspace.slice))
    }

    /// Room for the scores of one head per thread.
    private func attentionWorkspace(_ shape: AttentionShape, isNeeded: Bool) throws(DeviceError)
        -> DeviceBuffer
    {
        try allocate(isNeeded ? threads * shape.queries * shape.keys : 0)
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
