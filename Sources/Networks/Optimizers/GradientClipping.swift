public import TandemDevices

/// Scales gradients so that their global L2 norm is at most a bound, without waiting for the device.
public final class GradientClipping {
    private let arena: ParameterArena
    private let result: DeviceBuffer
    private let maximumNorm: Float

    /// Clips the gradients of `arena` to `maximumNorm`, which is above 0; infinity only measures the norm.
    public init(_ arena: ParameterArena, maximumNorm: Double) throws {
        guard maximumNorm > 0 else {
            throw NetworkError.invalidArgument(
                where: "clipping", detail: "the largest norm \(maximumNorm) is not above 0")
        }
        self.arena = arena
        self.maximumNorm = Float(maximumNorm)
        result = try arena.device.allocate(2)
        try arena.device.fill(result.slice, value: 0)
    }

    /// Measures the norm now and returns the device scalar `min(1, maximumNorm / (norm + 1e-6))` for the optimiser.
    public func scale() throws -> BufferSlice {
        try arena.device.clipScale(
            arena.gradients, maximumNorm: maximumNorm, output: result.slice)
        return try result.slice.part(from: 1, count: 1)
    }

    /// Waits for the device and returns the norm that the last call of `scale` measured, before clipping.
    ///
    /// A norm that is not finite means that the step must not be taken: its scale is 0 or NaN.
    public func norm() throws -> Float {
        try arena.device.download(result.slice.part(from: 0, count: 1))[0]
    }
}
