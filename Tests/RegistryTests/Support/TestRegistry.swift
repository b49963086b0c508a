import TandemDatasets
import Foundation
import TandemInterchange
import TandemRegistry

/// A registry in a folder of its own, with a clock of its own and models to register.
struct TestRegistry {
    let folder: TemporaryFolder
    let clock = TestClock()
    let registry: ModelRegistry

    var path: String { folder.file("registry.sqlite") }

    init() throws {
        folder = try TemporaryFolder()
        registry = ModelRegistry(
            try Database(creating: folder.file("registry.sqlite"), clock: clock.clock))
    }

    /// Writes a model of one layer; models with different biases are different files.
    @discardableResult
    func model(
        _ name: String, width: Int = 39, bias: Float = 0,
        output: FeedForwardGraph.Output = .sigmoid, metadata: [(String, String)] = []
    ) throws -> String {
        let layer = FeedForwardGraph.Layer(
            name: "model.0", inputs: width, outputs: 1,
            weight: [Float](repeating: 0.01, count: width), bias: [bias])
        let graph = try FeedForwardGraph(
            mean: [Float](repeating: 0.5, count: width),
            scale: [Float](repeating: 1, count: width), layers: [layer], output: output)
        try graph.model(metadata: metadata).write(to: folder.file(name))
        return folder.file(name)
    }

    /// Registers a version with a model of its own.
    @discardableResult
    func add(_ version: String, _ type: ModelType = .callingScore) throws -> VersionRecord {
        let path = try model(
            "\(type)-\(version).onnx", width: type.inputWidth ?? 4,
            bias: Float(version.hashValueForTests))
        return try registry.register(
            VersionRegistration(.given(version, .hybrid), of: type, modelPath: path))
    }

    /// Registers versions and switches to each in turn.
    func serve(_ versions: String...) throws {
        for version in versions {
            try add(version)
            try registry.switchVersion(to: version, of: .callingScore)
        }
    }

    func status(_ version: String, _ type: ModelType = .callingScore) throws -> VersionStatus {
        try registry.version(version, of: type).status
    }

    func active(_ type: ModelType = .callingScore) throws -> String? {
        try registry.activeVersion(of: type)?.version
    }

    /// The history as `action from>to`.
    func history(_ type: ModelType = .callingScore) throws -> [String] {
        try registry.history(of: type).map { line in
            "\(line.action.rawValue) \(line.fromVersion ?? "")>\(line.toVersion ?? "")"
        }
    }
}

extension String {
    /// A small number that is the same in every process.
    fileprivate var hashValueForTests: Int { utf8.reduce(0) { ($0 &* 31 &+ Int($1)) % 1000 } }
}

/// The error that `body` throws, if it is the registry's.
func registryError(_ body: () throws -> Void) -> RegistryError? {
    do {
        try body()
        return nil
    } catch {
        return error as? RegistryError
    }
}

/// The database problem that `body` throws, if it is one.
func databaseProblem(_ body: () throws -> Void) -> DatabaseProblem? {
    guard case .database(_, let problem) = registryError(body) else { return nil }
    return problem
}
