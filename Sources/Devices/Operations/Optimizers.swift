/// A run of the flat parameter buffer with its own step size and weight decay.
public struct ParameterSegment: Sendable, Hashable {
    /// First element.
    public var start: Int
    /// Number of elements.
    public var count: Int
    /// Step size.
    public var learningRate: Float
    /// Decay factor of the weights.
    public var weightDecay: Float

    /// `count` elements from `start` on, with their own learning rate and weight decay.
    public init(start: Int, count: Int, learningRate: Float, weightDecay: Float) {
        self.start = start
        self.count = count
        self.learningRate = learningRate
        self.weightDecay = weightDecay
    }
}

/// Constants of an Adam or AdamW step.
public struct AdamParameters: Sendable, Equatable {
    /// Decay of the first moment.
    public var beta1: Double
    /// Decay of the second moment.
    public var beta2: Double
    /// Added to the root of the second moment.
    public var epsilon: Float
    /// Number of this step, from 1 on; the bias corrections `1 - beta^step` are computed in double precision.
    public var step: Int
    /// `true`: decay the weights directly (AdamW).
    ///
    /// `false`: add `weightDecay * w` to the gradient (Adam with L2).
    public var decoupledWeightDecay: Bool

    /// Constants of step number `step`.
    public init(
        beta1: Double, beta2: Double, epsilon: Float, step: Int, decoupledWeightDecay: Bool
    ) {
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.step = step
        self.decoupledWeightDecay = decoupledWeightDecay
    }
}

/// Constants of a stochastic-gradient-descent step.
public struct SGDParameters: Sendable, Equatable {
    /// Momentum factor; 0 for none (the momentum buffer is then not touched and may be `nil`).
    public var momentum: Float
    /// Nesterov's form.
    public var nesterov: Bool
    /// `true` on the first step, when the momentum buffer starts as the gradient.
    public var isFirstStep: Bool

    /// Constants of one step.
    public init(momentum: Float, nesterov: Bool, isFirstStep: Bool) {
        self.momentum = momentum
        self.nesterov = nesterov
        self.isFirstStep = isFirstStep
    }
}

extension SGDParameters {
    /// The buffer of momenta that this step works on, `nil` without momentum; throws `invalidArgument` when it is missing.
    func required(_ momenta: BufferSlice?) throws(DeviceError) -> BufferSlice? {
        guard momentum != 0 else { return nil }
        guard let momenta else {
            throw .invalidArgument(
                operation: "sgd", detail: "momentum \(momentum) needs a momentum buffer")
        }
        return momenta
    }
}

extension DeviceOperation {
    /// The operands of `Device.adam`.
    public struct Adam: OperationPayload {
        package var values, gradients, firstMoments, secondMoments: BufferSlice
        package var gradientScale: BufferSlice?
        package let segments: [ParameterSegment]
        package let parameters: AdamParameters

        package var floatingPointOperations: Int { 12 * values.count }
        package static var changesWithTheStep: Bool { true }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let count = values.count
            try operands.take(&values, "values", &gradients, "gradients", count)
            try operands.take(&firstMoments, "firstMoments", &secondMoments, "secondMoments", count)
            try operands.take(&gradientScale, "gradientScale", 1)
            try operands.check(segments, within: count)
        }
    }

    /// The operands of `Device.sgd`.
    public struct SGD: OperationPayload {
        package var values, gradients: BufferSlice
        package var momenta, gradientScale: BufferSlice?
        package let segments: [ParameterSegment]
        package let parameters: SGDParameters

        package var floatingPointOperations: Int { 6 * values.count }
        package static var changesWithTheStep: Bool { true }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let count = values.count
            try operands.take(&values, "values", &gradients, "gradients", count)
            momenta = try parameters.required(momenta)
            try operands.take(&momenta, "momenta", count)
            try operands.take(&gradientScale, "gradientScale", 1)
            try operands.check(segments, within: count)
        }
    }

    /// The operands of `Device.clipScale`.
    public struct ClipScale: OperationPayload {
        package var input: BufferSlice
        package let maximumNorm: Float
        package var output: BufferSlice

        package var floatingPointOperations: Int { 2 * input.count }
        package static var changesWithTheStep: Bool { true }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            try operands.take(&input, "input", input.count)
            try operands.take(&output, "output", 2)
        }
    }
}

/// Optimiser steps over the flat parameter buffer.
///
/// Fused: the default implementations are made of primitives.
///
/// Every gradient is first multiplied by `gradientScale[0]`, a device scalar (from `clipScale`), so that clipping needs
/// no round trip to the host; `nil` stands for 1. All buffers have the same length; segments do not overlap.
extension Device {
    /// One Adam or AdamW step, PyTorch's formula:
    /// `w *= 1 - lr * wd` (decoupled); `m = b1 m + (1 - b1) g`; `v = b2 v + (1 - b2) g^2`;
    /// `w -= lr / (1 - b1^s) * m / (sqrt(v) / sqrt(1 - b2^s) + epsilon)`.
    public func adam(
        values: BufferSlice, gradients: BufferSlice, firstMoments: BufferSlice,
        secondMoments: BufferSlice, gradientScale: BufferSlice?, segments: [ParameterSegment],
        _ parameters: AdamParameters
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.Adam(
                values: values, gradients: gradients, firstMoments: firstMoments,
                secondMoments: secondMoments, gradientScale: gradientScale, segments: segments,
                parameters: parameters))
    }

    /// One step of stochastic gradient descent.
    ///
    /// PyTorch's formula: `g += wd * w`; `b = momentum * b + g` (first step `b = g`);
    /// `w -= lr * (nesterov ? g + momentum * b : b)`. Throws `invalidArgument` when `momentum` is not 0 and `momenta` is `nil`.
    public func sgd(
        values: BufferSlice, gradients: BufferSlice, momenta: BufferSlice?,
        gradientScale: BufferSlice?, segments: [ParameterSegment], _ parameters: SGDParameters
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.SGD(
                values: values, gradients: gradients, momenta: momenta,
                gradientScale: gradientScale, segments: segments, parameters: parameters))
    }

    /// `output[0] = ||input||`, `output[1] = min(1, maximumNorm / (output[0] + 1e-6))`; output `[2]`.
    ///
    /// The squares are summed in a fixed order. `maximumNorm` infinity gives scale 1. Otherwise an infinite norm gives
    /// scale 0 and a norm that is NaN gives scale NaN, so the caller checks the norm.
    public func clipScale(_ input: BufferSlice, maximumNorm: Float, output: BufferSlice)
        throws(DeviceError)
    {
        try issue(DeviceOperation.ClipScale(input: input, maximumNorm: maximumNorm, output: output))
    }
}
