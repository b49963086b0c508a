import TandemBasics
public import TandemTensors
public import TandemDevices

/// An input of a gradient check: its shape and its elements.
public struct CheckedInput: Sendable {
    /// Sizes of the axes.
    public let shape: Shape
    /// The elements in row-major order.
    public let values: [Float]

    /// Elements in `[low, high)`, drawn from the stream `identifier`.
    public init(_ shape: Shape, _ identifier: UInt64 = 0, low: Float = -1, high: Float = 1) {
        var generator = Philox(RandomStream(seed: 11, identifier: identifier))
        self.shape = shape
        values = (0..<shape.count).map { _ in low + (high - low) * generator.nextUniform() }
    }

    /// The input on a device.
    public func tensor(on device: any Device) throws -> Tensor {
        try Tensor(values, shape: shape, on: device)
    }

    /// Given elements.
    public init(_ shape: Shape, values: [Float]) {
        self.shape = shape
        self.values = values
    }
}

/// Compares the gradients of `function` with central differences; describes the first input that disagrees.
///
/// The function's outputs are weighted with random numbers and added in double precision, so only the rounding of each
/// output element enters. With the four-point rule at step h = 1/16 the truncation error is of order h^4 f'''''/30 (about
/// 1e-6 for functions whose derivatives are of order one) and the rounding error of order 1e-7 f/h (about 2e-6): the
/// tolerance of 2e-4 plus 1e-3 of the value leaves room for steeper functions, and finds every wrong formula.
public func gradientMismatch(
    on device: any Device, _ inputs: [CheckedInput], step: Float = 0x1p-4,
    _ function: ([Tensor]) throws -> Tensor
) throws -> String? {
    let tape = Tape()
    let variables = try inputs.map {
        tape.variable(try $0.tensor(on: device))
    }
    let output = try function(variables)
    let weights = CheckedInput(output.shape, 99)
    try tape.backward(from: output, gradient: try weights.tensor(on: device))

    func evaluate(_ values: [[Float]]) throws -> Double {
        let tensors = try zip(inputs, values).map {
            try CheckedInput($0.shape, values: $1).tensor(on: device)
        }
        let outputs = try function(tensors).values()
        return zip(weights.values, outputs).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }

    for (position, input) in inputs.enumerated() {
        let expected = try input.values.indices.map { element in
            func difference(_ step: Float) throws -> Double {
                var values = inputs.map(\.values)
                values[position][element] += step
                let above = values[position][element]
                let right = try evaluate(values)
                values[position][element] = input.values[element] - step
                let width = Double(above) - Double(values[position][element])
                return (right - (try evaluate(values))) / width
            }
            return Float((4 * (try difference(step)) - (try difference(2 * step))) / 3)
        }
        let found =
            try tape.gradient(of: variables[position])?.values()
            ?? [Float](repeating: 0, count: input.values.count)
        let tolerance = Tolerance(absolute: 2e-4, relative: 1e-3)
        if let difference = mismatch(found, expected, tolerance) {
            return "input \(position) \(input.shape): \(difference)"
        }
    }
    return nil
}
