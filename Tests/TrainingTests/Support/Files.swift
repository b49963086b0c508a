import TandemDatasets
import Foundation

/// Calls `body` with a fresh folder that is removed afterwards.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.path + "/tandem-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
}

/// All arrays of a checkpoint by name.
func weights(at path: String) throws -> [String: [Float]] {
    let arrays = try SafetensorsFile.read(path).arrays
    var values: [String: [Float]] = [:]
    for name in arrays.names { values[name] = try arrays.array(named: name).float32Values() }
    return values
}
