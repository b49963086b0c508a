extension ReplayDevice {
    /// Forwarded to the base device.
    public func attention(
        query: BufferSlice, key: BufferSlice, value: BufferSlice, mask: BufferSlice?,
        output: BufferSlice, probabilities: BufferSlice?, _ shape: AttentionShape
    ) throws(DeviceError) {
        let (base, name) = (base, "attention" as StaticString)
        let (q, k, v) = (try mapped(query, name), try mapped(key, name), try mapped(value, name))
        let (m, p) = (try optionalMapped(mask, name), try optionalMapped(probabilities, name))
        let y = try mapped(output, name)
        try issue { (_) throws(DeviceError) in
            try base.attention(
                query: q, key: k, value: v, mask: m, output: y, probabilities: p, shape)
        }
    }

    /// Forwarded to the base device.
    public func attentionBackward(
        query: BufferSlice, key: BufferSlice, value: BufferSlice, probabilities: BufferSlice,
        outputGradient: BufferSlice, queryGradient: BufferSlice, keyGradient: BufferSlice,
        valueGradient: BufferSlice, _ shape: AttentionShape
    ) throws(DeviceError) {
        let (base, name) = (base, "attentionBackward" as StaticString)
        let (q, k, v) = (try mapped(query, name), try mapped(key, name), try mapped(value, name))
        let (p, dy) = (try mapped(probabilities, name), try mapped(outputGradient, name))
        let (dq, dk) = (try mapped(queryGradient, name), try mapped(keyGradient, name))
        let dv = try mapped(valueGradient, name)
        try issue { (_) throws(DeviceError) in
            try base.attentionBackward(
                query: q, key: k, value: v, probabilities: p, outputGradient: dy,
                queryGradient: dq, keyGradient: dk, valueGradient: dv, shape)
        }
    }
}
