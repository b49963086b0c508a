import Foundation
import TandemInterchange
import TandemRegistry

@testable import TandemCLI

/// A folder with a few models and, once it has been set up, a registry.
struct RegistryWorkspace {
    let folder: String

    var path: String { folder + "/registry.sqlite" }

    /// Calls `body` in a fresh workspace that is removed afterwards.
    static func with(_ body: (RegistryWorkspace) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/tandem-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(RegistryWorkspace(folder: folder))
    }

    /// Writes a model of one layer and returns its path.
    @discardableResult
    func model(_ name: String, width: Int = 39, bias: Float = 0) throws -> String {
        let layer = FeedForwardGraph.Layer(
            name: "model.0", inputs: width, outputs: 1,
            weight: [Float](repeating: 0.01, count: width), bias: [bias])
        let graph = try FeedForwardGraph(
            mean: [Float](repeating: 0.5, count: width),
            scale: [Float](repeating: 1, count: width), layers: [layer], output: .sigmoid)
        try graph.model(metadata: []).write(to: "\(folder)/\(name)")
        return "\(folder)/\(name)"
    }

    func write(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
        return "\(folder)/\(name)"
    }

    /// Runs `tandem registry` inside the test's process.
    func registry(_ arguments: String...) -> Invocation {
        Invocation(["registry", "--db", path] + arguments)
    }

    /// The registry, opened by the test itself.
    func open() throws -> ModelRegistry {
        ModelRegistry(try Database(opening: path))
    }
}

extension Invocation {
    /// The JSON object that was printed.
    func json() throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(output.utf8))
        return object as? [String: Any] ?? [:]
    }
}
