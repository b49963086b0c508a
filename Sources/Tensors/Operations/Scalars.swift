import TandemDevices

extension Tensor {
    /// `scale * self + offset`.
    public func affine(scale: Float, offset: Float = 0) throws -> Tensor {
        let output = try Tensor(uninitialized: shape, on: device)
        try device.affine(input: slice, output: output.slice, scale: scale, offset: offset)
        return output.recorded(from: self) { gradient, destination, adds in
            if adds {
                try gradient.device.axpy(alpha: scale, x: gradient.slice, y: destination)
            } else {
                try gradient.device.affine(
                    input: gradient.slice, output: destination, scale: scale, offset: 0)
            }
        }
    }

    /// Every element multiplied by `scale`.
    public static func * (tensor: Tensor, scale: Float) throws -> Tensor {
        try tensor.affine(scale: scale)
    }

    /// Every element multiplied by `scale`.
    public static func * (scale: Float, tensor: Tensor) throws -> Tensor {
        try tensor.affine(scale: scale)
    }

    /// Every element plus `offset`.
    public static func + (tensor: Tensor, offset: Float) throws -> Tensor {
        try tensor.affine(scale: 1, offset: offset)
    }

    /// Every element plus `offset`.
    public static func + (offset: Float, tensor: Tensor) throws -> Tensor {
        try tensor.affine(scale: 1, offset: offset)
    }

    /// Every element minus `offset`.
    public static func - (tensor: Tensor, offset: Float) throws -> Tensor {
        try tensor.affine(scale: 1, offset: -offset)
    }

    /// `number` minus every element.
    public static func - (number: Float, tensor: Tensor) throws -> Tensor {
        try tensor.affine(scale: -1, offset: number)
    }

    /// Every element times the reciprocal of `divisor`.
    public static func / (tensor: Tensor, divisor: Float) throws -> Tensor {
        try tensor.affine(scale: 1 / divisor)
    }

    /// `number` divided by every element.
    public static func / (number: Float, tensor: Tensor) throws -> Tensor {
        number == 1 ? try tensor.reciprocal() : try tensor.reciprocal().affine(scale: number)
    }

    /// Every element with the other sign.
    public static prefix func - (tensor: Tensor) throws -> Tensor {
        try tensor.affine(scale: -1)
    }
}
