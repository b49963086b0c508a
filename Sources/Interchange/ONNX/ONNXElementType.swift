/// The numbers that ONNX gives to element types (`TensorProto.DataType`).
enum ONNXElementType {
    static let float: Int64 = 1
    static let int64: Int64 = 7

    private static let names = [
        "UNDEFINED", "FLOAT", "UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64", "STRING",
        "BOOL", "FLOAT16", "DOUBLE", "UINT32", "UINT64", "COMPLEX64", "COMPLEX128", "BFLOAT16",
    ]

    /// The name of a type in ONNX; its number where it has none here.
    static func name(_ type: Int64) -> String {
        guard let index = Int(exactly: type), names.indices.contains(index) else {
            return "number \(type)"
        }
        return names[index]
    }
}
