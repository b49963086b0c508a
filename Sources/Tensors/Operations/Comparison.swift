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
}
