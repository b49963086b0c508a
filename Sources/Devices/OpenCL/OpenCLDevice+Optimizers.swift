import Glibc

extension KernelReference {
    fileprivate static let adam = KernelReference("optimizers/steps", "adam")
    fileprivate static let sgd = KernelReference("optimizers/steps", "sgd")
}

extension OpenCLDevice {
    /// One Adam or AdamW step, one launch per segment.
    public func adam(
        values: BufferSlice, gradients: BufferSlice, firstMoments: BufferSlice,
        secondMoments: BufferSlice, gradientScale: BufferSlice?, segments: [ParameterSegment],
        _ parameters: AdamParameters
    ) throws(DeviceError) {
        let step = Double(parameters.step)
        let correction1 = 1 - pow(parameters.beta1, step)
        let correction2 = 1 - pow(parameters.beta2, step)
        let isDecoupled = parameters.decoupledWeightDecay
        for segment in segments {
            let rate = Double(segment.learningRate)
            let decay = segment.weightDecay
            try launch(.adam, over: elements(segment.count)) {
                $0.buffer(values.part(segment))
                $0.buffer(firstMoments.part(segment))
                $0.buffer(secondMoments.part(segment))
                $0.buffer(gradients.part(segment))
                $0.buffer(gradientScale)
                $0.flag(gradientScale != nil)
                $0.size(segment.count)
                $0.float(Float(parameters.beta1))
                $0.float(Float(1 - parameters.beta1))
                $0.float(Float(parameters.beta2))
                $0.float(Float(1 - parameters.beta2))
                $0.float(parameters.epsilon)
                $0.float(Float(rate / correction1))
                $0.float(Float(correction2.squareRoot()))
                $0.float(isDecoupled ? Float(1 - rate * Double(decay)) : 1)
                $0.float(isDecoupled ? 0 : decay)
            }
        }
    }

    /// One step of stochastic gradient descent, one launch per segment.
    public func sgd(
        values: BufferSlice, gradients: BufferSlice, momenta: BufferSlice?,
        gradientScale: BufferSlice?, segments: [ParameterSegment], _ parameters: SGDParameters
    ) throws(DeviceError) {
        let momenta = try parameters.required(momenta)
        for segment in segments {
            try launch(.sgd, over: elements(segment.count)) {
                $0.buffer(values.part(segment))
                $0.buffer(momenta?.part(segment))
                $0.buffer(gradients.part(segment))
                $0.buffer(gradientScale)
                $0.flag(momenta != nil)
                $0.flag(gradientScale != nil)
                $0.size(segment.count)
                $0.float(segment.learningRate)
                $0.float(segment.weightDecay)
                $0.float(parameters.momentum)
                $0.flag(parameters.nesterov)
                $0.flag(parameters.isFirstStep)
            }
        }
    }

    /// `output[0] = ||input||`, `output[1] = min(1, maximumNorm / (output[0] + 1e-6))`.
    public func clipScale(_ input: BufferSlice, maximumNorm: Float, output: BufferSlice)
        throws(DeviceError)
    {
        let span = 8192
        let parts = (input.count + span - 1) / span
        let partials = try allocate(parts).slice
        try launch(
            profiled("optimizers/clip", "squaredSums"), over: rows(parts, columns: span)
        ) {
            $0.buffer(partials)
            $0.buffer(input)
            $0.size(input.count)
            $0.size(span)
        }
        try launch(profiled("optimizers/clip", "clipScale"), over: rows(1, columns: parts)) {
            $0.buffer(output)
            $0.buffer(partials)
            $0.size(parts)
            $0.float(maximumNorm)
        }
    }
}

extension BufferSlice {
    fileprivate func part(_ segment: ParameterSegment) -> BufferSlice {
        part(from: segment.start, count: segment.count)
    }
}
