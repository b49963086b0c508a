public import TandemDatasets
public import TandemDevices
public import TandemTensors

/// A file of arrays made by PyTorch, `Tests/Golden/<name>.safetensors`.
public struct Golden: Sendable {
    /// Its contents.
    public let file: SafetensorsFile

    /// Reads the file.
    public init(_ name: String) throws {
        file = try SafetensorsFile.read(Self.path("\(name).safetensors"))
    }

    /// The path of a file beside the golden arrays.
    public static func path(_ name: String) -> String {
        let here = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        return "/\(here)/Golden/\(name)"
    }

    /// The elements of an array.
    public func values(_ name: String) throws -> [Float] {
        try file.arrays.array(named: name).elements()
    }

    /// The shape of an array.
    public func shape(_ name: String) throws -> Shape {
        Shape(try file.arrays.array(named: name).shape)
    }

    /// An array on a device.
    public func tensor(_ name: String, on device: any Device) throws -> Tensor {
        try Tensor(try values(name), shape: try shape(name), on: device)
    }

    /// An array of indices on a device.
    public func indices(_ name: String, on device: any Device) throws -> IndexTensor {
        let array = try file.arrays.array(named: name)
        return try IndexTensor(try array.elements(), shape: Shape(array.shape), on: device)
    }

    /// The arrays whose names begin with `prefix`, without it.
    public func arrays(prefix: String) throws -> [String: (shape: [Int], values: [Float])] {
        var found: [String: (shape: [Int], values: [Float])] = [:]
        for name in file.arrays.names where name.hasPrefix(prefix) {
            let array = try file.arrays.array(named: name)
            found[String(name.dropFirst(prefix.count))] = (array.shape, try array.elements())
        }
        return found
    }
}
