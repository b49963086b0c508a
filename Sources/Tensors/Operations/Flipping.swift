import TandemDevices

extension Tensor {
    /// A copy with the elements of one axis in the opposite order; negative axes count from the end.
    ///
    /// One device operation per element of the axis.
    public func flipped(axis: Int = 0) throws -> Tensor {
        let sizes = shape.dimensions
        let place = axis < 0 ? axis + sizes.count : axis
        guard sizes.indices.contains(place) else {
            throw TensorError.invalidArgument(
                operation: "flipped", detail: "axis \(axis) is outside the shape \(shape)")
        }
        let output = try copyFlipped(place)
        return output.recorded(from: self) { gradient in try gradient.copyFlipped(place) }
    }

    private func copyFlipped(_ axis: Int) throws -> Tensor {
        let output = try Tensor(uninitialized: shape, on: device)
        guard count > 0 else { return output }
        let sizes = shape.dimensions
        let (size, inner) = (sizes[axis], sizes[(axis + 1)...].reduce(1, *))
        let outer = sizes[..<axis].reduce(1, *)
        for index in 0..<size {
            try device.copy(
                Region(slice, start: index * inner, rowStride: size * inner),
                to: Region(
                    output.slice, start: (size - 1 - index) * inner, rowStride: size * inner),
                rows: outer, columns: inner, accumulate: false)
        }
        return output
    }
}
