import TandemCPUKernels

extension CPUDevice {
    /// Attention on the heads where they lie; each thread takes a sequence's head at a time.
    public func attention(
        query: BufferSlice, key: BufferSlice, value: BufferSlice, mask: BufferSlice?,
        output: BufferSlice, probabilities: BufferSlice?, _ shape: AttentionShape
    ) throws(DeviceError) {
        let workspace = try attentionWorkspace(shape, isNeeded: probabilities == nil)
        var arrays = tandem_attention_arguments(
            query: try elements(query, "attention"), key: try elements(key, "attention"),
            value: try elements(value, "attention"),
            mask: try optionalElements(mask, "attention"),
            output: try elements(output, "attention"),
            probabilities: try optionalElements(probabilities, "attention"))
        tandem_attention(
            executor, shape.kernelShape, &arrays, try elements(workspace.slice, "attention"))
    }

    /// Gradients of `attention`, shared out like it.
    public func attentionBackward(
        query: BufferSlice, key: BufferSlice, value: BufferSlice, probabilities: BufferSlice,
        outputGradient: BufferSlice, queryGradient: BufferSlice, keyGradient: BufferSlice,
        valueGradient: BufferSlice, _ shape: AttentionShape
    ) throws(DeviceError) {
        let name = "attentionBackward" as StaticString
        let workspace = try attentionWorkspace(shape, isNeeded: true)
        var arrays = tandem_attention_backward_arguments(
            query: try elements(query, name), key: try elements(key, name),
            value: try elements(value, name), probabilities: try elements(probabilities, name),
            output_gradient: try elements(outputGradient, name),
            query_gradient: try elements(queryGradient, name),
            key_gradient: try elements(keyGradient, name),
            value_gradient: try elements(valueGradient, name))
        tandem_attention_backward(
            executor, shape.kernelShape, &arrays, try elements(workspace.slice, name))
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
