import Glibc

extension OpenCLDevice {
    /// One Adam or AdamW step, one launch per segment.
    public func run(_ o: DeviceOperation.Adam) throws(DeviceError) {
        let step = Double(o.parameters.step)
        let correction1 = 1 - pow(o.parameters.beta1, step)
        let correction2 = 1 - pow(o.parameters.beta2, step)
        let isDecoupled = o.parameters.decoupledWeightDecay
        for segment in o.segments {
            let rate = Double(segment.learningRate)
            let decay = segment.weightDecay
            try launch(
                .init("optimizers/steps", "adam"), over: elements(segment.count),
                o.values.part(segment), o.firstMoments.part(segment), o.secondMoments.part(segment),
                o.gradients.part(segment), o.gradientScale, o.gradientScale != nil, segment.count,
                Float(o.parameters.beta1), Float(1 - o.parameters.beta1),
                Float(o.parameters.beta2), Float(1 - o.parameters.beta2), o.parameters.epsilon,
                Float(rate / correction1), Float(correction2.squareRoot()),
                isDecoupled ? Float(1 - rate * Double(decay)) : 1, isDecoupled ? 0 : decay)
        }
    }

    /// One step of stochastic gradient descent, one launch per segment.
    public func run(_ o: DeviceOperation.SGD) throws(DeviceError) {
        for segment in o.segments {
            try launch(
                .init("optimizers/steps", "sgd"), over: elements(segment.count),
                o.values.part(segment), o.momenta?.part(segment), o.gradients.part(segment),
                o.gradientScale,
                o.momenta != nil, o.gradientScale != nil, segment.count, segment.learningRate,
                segment.weightDecay, o.parameters.momentum, o.parameters.nesterov,
                o.parameters.isFirstStep)
        }
    }

    /// `output[0] = ||input||`, `output[1] = min(1, maximumNorm / (output[0] + 1e-6))`.
    public func run(_ o: DeviceOperation.ClipScale) throws(DeviceError) {
        let span = 8192
        let parts = o.input.count.parts(of: span)
        let partials = try allocate(parts).slice
        try launch(
            .init(profiled: "optimizers/clip", "squaredSums"), over: rows(parts, columns: span),
            partials,
            o.input, o.input.count, span)
        try launch(
            .init(profiled: "optimizers/clip", "clipScale"), over: rows(1, columns: parts),
            o.output,
            partials, parts, o.maximumNorm)
    }
}

extension BufferSlice {
    fileprivate func part(_ segment: ParameterSegment) -> BufferSlice {
        uncheckedPart(from: segment.start, count: segment.count)
    }
}
