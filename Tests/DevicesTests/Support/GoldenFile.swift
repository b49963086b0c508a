import TandemDatasets
import TandemDevices
import Foundation
import Testing

/// Expected values made by PyTorch (`Tests/Golden`).
struct GoldenFile {
    private let file: SafetensorsFile
    private let name: String

    init(_ name: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Golden")
        file = try SafetensorsFile.read(folder.appending(path: "\(name).safetensors").path)
        self.name = name
    }

    func shape(_ array: String) throws -> [Int] { try file.arrays.array(named: array).shape }

    func contains(_ array: String) -> Bool { file.arrays[array] != nil }

    func floats(_ array: String) throws -> [Float] {
        try file.arrays.array(named: array).elements(as: Float.self)
    }

    func indices(_ array: String) throws -> [Int32] {
        try file.arrays.array(named: array).elements(as: Int32.self)
    }

    func metadata<Value: Decodable>(_ key: String, as type: Value.Type) throws -> Value {
        let text = try #require(file.metadata(named: key))
        return try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}

/// How exactly golden values must be met: `1e-6 + relative * |value|`, element by element.
enum GoldenTolerance: Float {
    case forward = 1e-5
    case gradient = 1e-4
}

/// Uploads, fresh outputs and comparisons on one device.
struct GoldenBench {
    let device: any Device

    func upload(_ values: [Float]) throws -> BufferSlice {
        let slice = try device.allocate(values.count).slice
        try device.upload(values, to: slice)
        return slice
    }

    func upload(_ values: [Int32]) throws -> BufferSlice {
        let slice = try device.allocate(values.count).slice
        try device.upload(values, to: slice)
        return slice
    }

    func output(_ count: Int, filledWith value: Float = .nan) throws -> BufferSlice {
        let slice = try device.allocate(count).slice
        try device.fill(slice, value: value)
        return slice
    }

    /// Compares with the gradient of `name` in a file.
    func expect(
        _ slice: BufferSlice, gradientOf name: String, in golden: GoldenFile,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try expect(
            slice, equals: golden.floats("gradient.\(name)"), .gradient, "gradient of \(name)",
            sourceLocation: sourceLocation)
    }

    func expect(
        _ slice: BufferSlice, equals expected: [Float], _ tolerance: GoldenTolerance,
        _ what: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let found: [Float] = try device.download(slice)
        #expect(found.count == expected.count, "\(what)", sourceLocation: sourceLocation)
        let wrong = zip(found, expected).enumerated().filter { _, pair in
            !(abs(pair.0 - pair.1) <= 1e-6 + tolerance.rawValue * abs(pair.1))
        }
        guard let (index, pair) = wrong.first else { return }
        Issue.record(
            """
            \(what) on \(device.name): \(wrong.count) of \(expected.count) elements differ, \
            first at \(index): expected \(pair.1), found \(pair.0)
            """, sourceLocation: sourceLocation)
    }
}
