import TandemDevices

extension Tensor {
    /// A copy spread to `target` by NumPy's rule: `[3, 1]` to `[2, 3, 4]`; the gradient is summed over the copies.
    ///
    /// Aligned at the end, every size equals that of the target or is 1. Throws when it does not.
    public func expanded(to target: Shape) throws -> Tensor {
        try target.validated(for: "expanded")
        guard shape.broadcast(with: target) == target else {
            throw TensorError.shapeMismatch(
                operation: "expanded", shapes: [shape, target],
                advice: "aligned at the end, every size must be that of the target or 1")
        }
        if shape == target { return self }
        if count == target.count { return view(of: target) }
        let original = shape
        return try spread(to: target).recorded(from: self) { gradient in
            try gradient.summed(to: original)
        }
    }
}
