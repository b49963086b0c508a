extension Device {
    /// Default Adam and AdamW step made of primitives, segment by segment.
    public func run(_ o: DeviceOperation.Adam) throws(DeviceError) {
        let firstCorrection = 1 - power(o.parameters.beta1, o.parameters.step)
        let secondCorrection = 1 - power(o.parameters.beta2, o.parameters.step)
        for segment in o.segments where segment.count > 0 {
            let weights = try o.values.part(from: segment.start, count: segment.count)
            let first = try o.firstMoments.part(from: segment.start, count: segment.count)
            let second = try o.secondMoments.part(from: segment.start, count: segment.count)
            let gradient = try scaledGradient(o.gradients, o.gradientScale, segment)
            if o.parameters.decoupledWeightDecay {
                try affine(
                    input: weights, output: weights,
                    scale: 1 - segment.learningRate * segment.weightDecay, offset: 0)
            } else {
                try axpy(alpha: segment.weightDecay, x: weights, y: gradient)
            }
            try affine(input: first, output: first, scale: Float(o.parameters.beta1), offset: 0)
            try axpy(alpha: Float(1 - o.parameters.beta1), x: gradient, y: first)
            try unary(.square, input: gradient, output: gradient)
            try affine(input: second, output: second, scale: Float(o.parameters.beta2), offset: 0)
            try axpy(alpha: Float(1 - o.parameters.beta2), x: gradient, y: second)

            let step = gradient
            try unary(.squareRoot, input: second, output: step)
            try affine(
                input: step, output: step, scale: Float(1 / secondCorrection.squareRoot()),
                offset: o.parameters.epsilon)
            try binary(.divide, left: first, right: step, output: step)
            try axpy(
                alpha: Float(-Double(segment.learningRate) / firstCorrection), x: step, y: weights)
        }
    }

    /// Default step of stochastic gradient descent made of primitives, segment by segment.
    public func run(_ o: DeviceOperation.SGD) throws(DeviceError) {
        for segment in o.segments where segment.count > 0 {
            let weights = try o.values.part(from: segment.start, count: segment.count)
            let gradient = try scaledGradient(o.gradients, o.gradientScale, segment)
            try axpy(alpha: segment.weightDecay, x: weights, y: gradient)
            var direction = gradient
            if let momenta = o.momenta {
                let momentum = try momenta.part(from: segment.start, count: segment.count)
                if o.parameters.isFirstStep {
                    try copy(gradient, to: momentum)
                } else {
                    try affine(
                        input: momentum, output: momentum, scale: o.parameters.momentum, offset: 0)
                    try axpy(alpha: 1, x: gradient, y: momentum)
                }
                if o.parameters.nesterov {
                    try axpy(alpha: o.parameters.momentum, x: momentum, y: gradient)
                } else {
                    direction = momentum
                }
            }
            try axpy(alpha: -segment.learningRate, x: direction, y: weights)
        }
    }

    /// Default norm and clipping factor made of primitives.
    public func run(_ o: DeviceOperation.ClipScale) throws(DeviceError) {
        let norm = try o.output.part(from: 0, count: 1)
        let scale = try o.output.part(from: 1, count: 1)
        let squares = try allocate(o.input.count).slice
        try unary(.square, input: o.input, output: squares)
        try sumRows(squares, to: norm, rows: 1, columns: o.input.count)
        try unary(.squareRoot, input: norm, output: norm)
        // min(1, x) = -max(-1, -x)
        try affine(input: norm, output: scale, scale: 1, offset: 1e-6)
        try unary(.reciprocal, input: scale, output: scale)
        try affine(input: scale, output: scale, scale: -o.maximumNorm, offset: 0)
        let minusOne = try allocate(1).slice
        try fill(minusOne, value: -1)
        try binary(.maximum, left: scale, right: minusOne, output: scale)
        try unary(.negate, input: scale, output: scale)
    }

    /// A new slice with the segment's gradient times the device scalar `scale`.
    private func scaledGradient(
        _ gradients: BufferSlice, _ scale: BufferSlice?, _ segment: ParameterSegment
    ) throws(DeviceError) -> BufferSlice {
        let source = try gradients.part(from: segment.start, count: segment.count)
        let result = try allocate(segment.count).slice
        if let scale {
            try binaryBroadcast(
                .multiply, left: source, right: scale.part(from: 0, count: 1), output: result,
                .matrix(rows: 1, columns: segment.count, vector: .perRow))
        } else {
            try copy(source, to: result)
        }
        return result
    }

    /// `base^exponent` in double precision.
    private func power(_ base: Double, _ exponent: Int) -> Double {
        var (result, factor, rest) = (1.0, base, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result *= factor }
            factor *= factor
            rest >>= 1
        }
        return result
    }
}
