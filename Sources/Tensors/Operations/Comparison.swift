import TandemDevices

/// Comparisons give 1 where they hold and 0 elsewhere, broadcast as `+` is; they have no gradient. NaN equals nothing and is
/// neither less nor greater.
extension Tensor {
    /// 1 where two elements are equal.
    public static func .== (left: Tensor, right: Tensor) throws -> Tensor {
        try compared(.equal, left, right)
    }

    /// 1 where two elements differ.
    public static func .!= (left: Tensor, right: Tensor) throws -> Tensor {
        try compared(.notEqual, left, right)
    }

    /// 1 where the left element is the smaller one.
    public static func .< (left: Tensor, right: Tensor) throws -> Tensor {
        try compared(.less, left, right)
    }

    /// 1 where the left element is not the larger one.
    public static func .<= (left: Tensor, right: Tensor) throws -> Tensor {
        try compared(.lessOrEqual, left, right)
    }

    /// 1 where the left element is the larger one.
    public static func .> (left: Tensor, right: Tensor) throws -> Tensor {
        try compared(.greater, left, right)
    }

    /// 1 where the left element is not the smaller one.
    public static func .>= (left: Tensor, right: Tensor) throws -> Tensor {
        try compared(.greaterOrEqual, left, right)
    }

    /// 1 where an element equals a number.
    public static func .== (left: Tensor, right: Float) throws -> Tensor {
        try compared(.equal, left, try left.scalar(right))
    }

    /// 1 where an element differs from a number.
    public static func .!= (left: Tensor, right: Float) throws -> Tensor {
        try compared(.notEqual, left, try left.scalar(right))
    }

    /// 1 where an element is smaller than a number.
    public static func .< (left: Tensor, right: Float) throws -> Tensor {
        try compared(.less, left, try left.scalar(right))
    }

    /// 1 where an element is not larger than a number.
    public static func .<= (left: Tensor, right: Float) throws -> Tensor {
        try compared(.lessOrEqual, left, try left.scalar(right))
    }

    /// 1 where an element is larger than a number.
    public static func .> (left: Tensor, right: Float) throws -> Tensor {
        try compared(.greater, left, try left.scalar(right))
    }

    /// 1 where an element is not smaller than a number.
    public static func .>= (left: Tensor, right: Float) throws -> Tensor {
        try compared(.greaterOrEqual, left, try left.scalar(right))
    }

    private static func compared(_ operation: BinaryOperation, _ left: Tensor, _ right: Tensor)
        throws -> Tensor
    {
        _ = try commonDevice("\(operation)", left, right)
        return try combined(operation, left, right)
    }

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
