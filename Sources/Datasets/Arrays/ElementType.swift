/// The type of the elements of a ``HostArray``.
public enum ElementType: String, Sendable, CaseIterable {
    /// One byte, 0 or 1.
    case bool
    /// Unsigned integers.
    case uint8, uint16, uint32, uint64
    /// Signed integers.
    case int8, int16, int32, int64
    /// IEEE 754 half precision.
    case float16
    /// The upper half of a single-precision number: 8 exponent bits, 7 fraction bits.
    case bfloat16
    /// IEEE 754 single and double precision.
    case float32, float64

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

extension HostElement where Self: FixedWidthInteger {
    /// The integer of this width and sign.
    public static var elementType: ElementType {
        switch (isSigned, bitWidth) {
        case (true, 8): .int8
        case (true, 16): .int16
        case (true, 32): .int32
        case (true, _): .int64
        case (false, 8): .uint8
        case (false, 16): .uint16
        case (false, 32): .uint32
        case (false, _): .uint64
        }
    }
}

extension Int8: HostElement {}
extension Int16: HostElement {}
extension Int32: HostElement {}
extension Int64: HostElement {}
extension UInt8: HostElement {}
extension UInt16: HostElement {}
extension UInt32: HostElement {}
extension UInt64: HostElement {}

extension Float16: HostElement {
    /// Half precision.
    public static var elementType: ElementType { .float16 }
}
extension Float: HostElement {
    /// Single precision.
    public static var elementType: ElementType { .float32 }
}
extension Double: HostElement {
    /// Double precision.
    public static var elementType: ElementType { .float64 }
}
