import TandemCPUKernels

import Glibc

extension CPUDevice {
    /// One Adam or AdamW step, segment by segment.
    public func adam(
        values: BufferSlice, gradients: BufferSlice, firstMoments: BufferSlice,
        secondMoments: BufferSlice, gradientScale: BufferSlice?, segments: [ParameterSegment],
        _ parameters: AdamParameters
    ) throws(DeviceError) {
        let (w, g) = (try elements(values, "adam"), try elements(gradients, "adam"))
        let (m, v) = (try elements(firstMoments, "adam"), try elements(secondMoments, "adam"))
        let scale = try optionalElements(gradientScale, "adam")
        // By index: an iterator over an array takes heap memory in unoptimised builds.
        for index in segments.indices {
            let segment = segments[index]
            let constants = parameters.constants(for: segment, gradientScale: scale?.pointee ?? 1)
            share(segment.count, grain: Grain.light / 2, alignment: 64) { range in
                let start = segment.start + range.lowerBound
                withUnsafePointer(to: constants) { constants in
                    tandem_adam(
                        w + start, g + start, m + start, v + start, Int64(range.count), constants)
                }
            }
        }
    }

    /// One step of stochastic gradient descent, segment by segment.
    public func sgd(
        values: BufferSlice, gradients: BufferSlice, momenta: BufferSlice?,
        gradientScale: BufferSlice?, segments: [ParameterSegment], _ parameters: SGDParameters
    ) throws(DeviceError) {
        let (w, g) = (try elements(values, "sgd"), try elements(gradients, "sgd"))
        let b = try optionalElements(parameters.required(momenta), "sgd")
        let scale = try optionalElements(gradientScale, "sgd")
        for index in segments.indices {
            let segment = segments[index]
            let constants = tandem_sgd_constants(
                gradient_scale: scale?.pointee ?? 1, learning_rate: segment.learningRate,
                weight_decay: segment.weightDecay, momentum: parameters.momentum,
                nesterov: parameters.nesterov ? 1 : 0,
                is_first_step: parameters.isFirstStep ? 1 : 0)
            share(segment.count, grain: Grain.light, alignment: 64) { range in
                let start = segment.start + range.lowerBound
                withUnsafePointer(to: constants) { constants in
                    tandem_sgd(
                        w + start, g + start, b.map { $0 + start }, Int64(range.count), constants)
                }
            }
        }
    }

    /// The norm, from sums of squares in blocks of fixed length, and the scale that limits it.
    public func clipScale(_ input: BufferSlice, maximumNorm: Float, output: BufferSlice)
        throws(DeviceError)
    {
        let source = try elements(input, "clipScale")
        let target = try elements(output, "clipScale")
        let count = input.count
        let squares = combineBlocks(.sum, count: count) { first, blocks, partials in
            tandem_square_blocks(source, Int64(count), first, blocks, partials)
        }
        let norm = Float(squares.squareRoot())
        target[0] = norm
        let factor = maximumNorm / (norm + 1e-6)
        // Not `min`, which would hide a norm that is NaN.
        target[1] = maximumNorm == .infinity || factor > 1 ? 1 : factor
    }
}

extension AdamParameters {
    /// What the kernel needs for one segment.
    fileprivate func constants(for segment: ParameterSegment, gradientScale: Float)
        -> tandem_adam_constants
    {
        let firstCorrection = 1 - pow(beta1, Double(step))
        let secondCorrection = 1 - pow(beta2, Double(step))
        let (rate, decay) = (Double(segment.learningRate), Double(segment.weightDecay))
        return tandem_adam_constants(
            gradient_scale: gradientScale,
            beta1: Float(beta1), beta2: Float(beta2), epsilon: epsilon,
            rest1: Float(1 - beta1), rest2: Float(1 - beta2),
            step_size: Float(rate / firstCorrection),
            root_factor: Float(1 / secondCorrection.squareRoot()),
            decay_factor: decoupledWeightDecay ? Float(1 - rate * decay) : 1,
            gradient_decay: decoupledWeightDecay ? 0 : segment.weightDecay)
    }
}
