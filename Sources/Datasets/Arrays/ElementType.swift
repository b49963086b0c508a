/// The type of the elements of a ``HostArray``.
public enum ElementType: String, Sendable, CaseIterable {
    /// One byte, 0 or 1.
    case bool
    /// Unsigned 8-bit integer.
    case uint8
    /// Unsigned 16-bit integer.
    case uint16
    /// Unsigned 32-bit integer.
    case uint32
    /// Unsigned 64-bit integer.
    case uint64
    /// Signed 8-bit integer.
    case int8
    /// Signed 16-bit integer.
    case int16
    /// Signed 32-bit integer.
    case int32
    /// Signed 64-bit integer.
    case int64
    /// IEEE 754 half precision.
    case float16
    /// The upper half of a single-precision number: 8 exponent bits, 7 fraction bits.
    case bfloat16
    /// IEEE 754 single precision.
    case float32
    /// IEEE 754 double precision.
    case float64

    /// The number of bytes of one element.
    public var byteWidth: Int {
        switch self {
        case .bool, .uint8, .int8: 1
        case .uint16, .int16, .float16, .bfloat16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        }
    }

    /// Whether the elements are floating-point numbers.
    public var isFloatingPoint: Bool {
        switch self {
        case .float16, .bfloat16, .float32, .float64: true
        default: false
        }
    }
}

/// A Swift type whose values can be the elements of a ``HostArray``.
public protocol HostElement: BitwiseCopyable, Sendable {
    /// The element type that stores values of this type.
    static var elementType: ElementType { get }
}

extension Float: HostElement {
    /// Single precision.
    public static var elementType: ElementType { .float32 }
}
extension Double: HostElement {
    /// Double precision.
    public static var elementType: ElementType { .float64 }
}
extension Float16: HostElement {
    /// Half precision.
    public static var elementType: ElementType { .float16 }
}
extension Int8: HostElement {
    /// Signed, 8 bits.
    public static var elementType: ElementType { .int8 }
}
extension Int16: HostElement {
    /// Signed, 16 bits.
    public static var elementType: ElementType { .int16 }
}
extension Int32: HostElement {
    /// Signed, 32 bits.
    public static var elementType: ElementType { .int32 }
}
extension Int64: HostElement {
    /// Signed, 64 bits.
    public static var elementType: ElementType { .int64 }
}
extension UInt8: HostElement {
    /// Unsigned, 8 bits.
    public static var elementType: ElementType { .uint8 }
}
extension UInt16: HostElement {
    /// Unsigned, 16 bits.
    public static var elementType: ElementType { .uint16 }
}
extension UInt32: HostElement {
    /// Unsigned, 32 bits.
    public static var elementType: ElementType { .uint32 }
}
extension UInt64: HostElement {
    /// Unsigned, 64 bits.
    public static var elementType: ElementType { .uint64 }
}
