import TandemDevices

extension Tensor {
    /// Elements of `ifTrue` where `condition` is not 0, of `ifFalse` elsewhere; all three are broadcast as for `+`.
    ///
    /// The condition, a comparison say, has no gradient. Throws when the shapes do not fit or the operands belong to
    /// different devices or tapes.
    public static func `where`(_ condition: Tensor, _ ifTrue: Tensor, _ ifFalse: Tensor) throws
        -> Tensor
    {
        _ = try commonDevice("where", condition, ifTrue, ifFalse)
        let tape = try commonTape("where", [ifTrue, ifFalse])
        let output = try chosen(condition, ifTrue, ifFalse)
        guard let tape else { return output }
        let mask = condition.detached
        let (trueIndex, falseIndex) = (ifTrue.node?.index, ifFalse.node?.index)
        let (trueShape, falseShape) = (ifTrue.shape, ifFalse.shape)
        return tape.record(output) { gradient, tape in
            let zero = try gradient.scalar(0)
            if let trueIndex {
                try chosen(mask, gradient, zero)
                    .hand(to: trueIndex, of: trueShape, owned: true, on: tape)
            }
            if let falseIndex {
                try chosen(mask, zero, gradient)
                    .hand(to: falseIndex, of: falseShape, owned: true, on: tape)
            }
        }
    }

    /// The elements with `value` in place of those where `mask`, broadcast as for `+`, is not 0.
    public func masked(where mask: Tensor, with value: Float) throws -> Tensor {
        try Self.where(mask, try scalar(value), self)
    }

    /// The elements, those outside a range replaced by the bound they crossed.
    ///
    /// The gradient passes strictly between the bounds, as in PyTorch.
    public func clamped(to range: ClosedRange<Float>) throws -> Tensor {
        try clamped(from: range.lowerBound, to: range.upperBound)
    }

    /// The elements, those below a number replaced by it; the gradient passes from the number on.
    public func clamped(to range: PartialRangeFrom<Float>) throws -> Tensor {
        try clamped(from: range.lowerBound, to: nil)
    }

    /// The elements, those above a number replaced by it; the gradient passes up to the number.
    public func clamped(to range: PartialRangeThrough<Float>) throws -> Tensor {
        try clamped(from: nil, to: range.upperBound)
    }

    private func clamped(from low: Float?, to high: Float?) throws -> Tensor {
        var output = detached
        if let low { output = try Self.combined(.maximum, output, scalar(low)) }
        if let high { output = try Self.combined(.minimum, output, scalar(high)) }
        let input = detached
        let isOpen = low != nil && high != nil
        return output.recorded(from: self) { gradient in
            var result = gradient
            let zero = try gradient.scalar(0)
            if let low {
                let isOutside = try Self.combined(
                    isOpen ? .lessOrEqual : .less, input, gradient.scalar(low))
                result = try Self.chosen(isOutside, zero, result)
            }
            if let high {
                let isOutside = try Self.combined(
                    isOpen ? .greaterOrEqual : .greater, input, gradient.scalar(high))
                result = try Self.chosen(isOutside, zero, result)
            }
            return result
        }
    }
}
