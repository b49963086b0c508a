import TandemCPUKernels

import Glibc

extension CPUDevice {
    /// One Adam or AdamW step, segment by segment.
    public func run(_ o: DeviceOperation.Adam) throws(DeviceError) {
        let (w, g) = (elements(o.values), elements(o.gradients))
        let (m, v) = (elements(o.firstMoments), elements(o.secondMoments))
        let scale = elements(o.gradientScale)
        // By index: an iterator over an array takes heap memory in unoptimised builds.
        for index in o.segments.indices {
            let segment = o.segments[index]
            let constants = o.parameters.constants(for: segment, gradientScale: scale?.pointee ?? 1)
            shareElements(segment.count, grain: Grain.light / 2) { first, count in
                let start = segment.start + first
                withUnsafePointer(to: constants) { constants in
                    tandem_adam(w + start, g + start, m + start, v + start, count, constants)
                }
            }
        }
    }

    /// One step of stochastic gradient descent, segment by segment.
    public func run(_ o: DeviceOperation.SGD) throws(DeviceError) {
        let (w, g, b) = (elements(o.values), elements(o.gradients), elements(o.momenta))
        let scale = elements(o.gradientScale)
        for index in o.segments.indices {
            let segment = o.segments[index]
            let constants = tandem_sgd_constants(
                gradient_scale: scale?.pointee ?? 1, learning_rate: segment.learningRate,
                weight_decay: segment.weightDecay, momentum: o.parameters.momentum,
                nesterov: o.parameters.nesterov ? 1 : 0,
                is_first_step: o.parameters.isFirstStep ? 1 : 0)
            shareElements(segment.count, grain: Grain.light) { first, count in
                let start = segment.start + first
                withUnsafePointer(to: constants) { constants in
                    tandem_sgd(w + start, g + start, b.map { $0 + start }, count, constants)
                }
            }
        }
    }

    /// The norm, from sums of squares in blocks of fixed length, and the scale that limits it.
    public func run(_ o: DeviceOperation.ClipScale) throws(DeviceError) {
        let source = elements(o.input)
        let target = elements(o.output)
        let count = o.input.count
        let squares = combineBlocks(.sum, count: count) { first, blocks, partials in
            tandem_square_blocks(source, Int64(count), first, blocks, partials)
        }
        let norm = Float(squares.squareRoot())
        target[0] = norm
        let factor = o.maximumNorm / (norm + 1e-6)
        // Not `min`, which would hide a norm that is NaN.
        target[1] = o.maximumNorm == .infinity || factor > 1 ? 1 : factor
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
