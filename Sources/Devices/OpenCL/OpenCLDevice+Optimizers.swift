import Glibc

extension KernelReference {
    fileprivate static let adam = KernelReference("optimizers/steps", "adam")
    fileprivate static let sgd = KernelReference("optimizers/steps", "sgd")
}

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
            try launch(.adam, over: elements(segment.count)) {
                $0.buffer(o.values.part(segment))
                $0.buffer(o.firstMoments.part(segment))
                $0.buffer(o.secondMoments.part(segment))
                $0.buffer(o.gradients.part(segment))
                $0.buffer(o.gradientScale)
                $0.flag(o.gradientScale != nil)
                $0.size(segment.count)
                $0.float(Float(o.parameters.beta1))
                $0.float(Float(1 - o.parameters.beta1))
                $0.float(Float(o.parameters.beta2))
                $0.float(Float(1 - o.parameters.beta2))
                $0.float(o.parameters.epsilon)
                $0.float(Float(rate / correction1))
                $0.float(Float(correction2.squareRoot()))
                $0.float(isDecoupled ? Float(1 - rate * Double(decay)) : 1)
                $0.float(isDecoupled ? 0 : decay)
            }
        }
    }

    /// One step of stochastic gradient descent, one launch per segment.
    public func run(_ o: DeviceOperation.SGD) throws(DeviceError) {
        for segment in o.segments {
            try launch(.sgd, over: elements(segment.count)) {
                $0.buffer(o.values.part(segment))
                $0.buffer(o.momenta?.part(segment))
                $0.buffer(o.gradients.part(segment))
                $0.buffer(o.gradientScale)
                $0.flag(o.momenta != nil)
                $0.flag(o.gradientScale != nil)
                $0.size(segment.count)
                $0.float(segment.learningRate)
                $0.float(segment.weightDecay)
                $0.float(o.parameters.momentum)
                $0.flag(o.parameters.nesterov)
                $0.flag(o.parameters.isFirstStep)
            }
        }
    }

    /// `output[0] = ||input||`, `output[1] = min(1, maximumNorm / (output[0] + 1e-6))`.
    public func run(_ o: DeviceOperation.ClipScale) throws(DeviceError) {
        let span = 8192
        let parts = (o.input.count + span - 1) / span
        let partials = try allocate(parts).slice
        try launch(
            profiled("optimizers/clip", "squaredSums"), over: rows(parts, columns: span)
        ) {
            $0.buffer(partials)
            $0.buffer(o.input)
            $0.size(o.input.count)
            $0.size(span)
        }
        try launch(profiled("optimizers/clip", "clipScale"), over: rows(1, columns: parts)) {
            $0.buffer(o.output)
            $0.buffer(partials)
            $0.size(parts)
            $0.float(o.maximumNorm)
        }
    }
}

extension BufferSlice {
    fileprivate func part(_ segment: ParameterSegment) -> BufferSlice {
        uncheckedPart(from: segment.start, count: segment.count)
    }
}
