import TandemBasics
import TandemDatasets
import TandemDevices
import Foundation
import TandemRecipes

/// A folder of document chains, made for a test and removed afterwards.
enum ChainFolder {
    /// Calls `body` with a folder that holds the documents given; `dimension` numbers per vector.
    static func with<Result>(
        _ values: [Float], dimension: Int, lengths: [Int], parts: [SplitPart],
        _ body: (String) throws -> Result
    ) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.path + "/tandem-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try DocumentChains.write(
            folder: folder,
            vectors: try HostArray(shape: [values.count / dimension, dimension], elements: values),
            documentLengths: lengths, parts: parts)
        return try body(folder)
    }

    /// Calls `body` with ten documents (six for training, two each to validate and test) of slow random walks.
    static func withRandomWalks<Result>(
        length: Int = 20, dimension: Int = 12, _ body: (String) throws -> Result
    ) throws -> Result {
        var values: [Float] = []
        for document in 0..<10 {
            values += randomWalk(length, dimension: dimension, identifier: UInt64(document))
        }
        let parts: [SplitPart] = (0..<10).map {
            $0 < 6 ? .training : $0 < 8 ? .validation : .test
        }
        return try with(
            values, dimension: dimension, lengths: [Int](repeating: length, count: 10),
            parts: parts, body)
    }

    /// A chain of vectors in which each keeps most of the one before.
    static func randomWalk(_ length: Int, dimension: Int, identifier: UInt64) -> [Float] {
        var generator = Philox(RandomStream(seed: 5, identifier: identifier))
        var current = (0..<dimension).map { _ in 2 * generator.nextUniform() - 1 }
        return (0..<length).flatMap { _ in
            for index in current.indices {
                current[index] = 0.7 * current[index] + 1.2 * generator.nextUniform() - 0.6
            }
            return current
        }
    }
}

extension SequenceVectorsConfiguration {
    /// A network that trains in a fraction of a second: contexts of 4, 8 hidden units, 2 blocks, dropout 0.2.
    static var small: SequenceVectorsConfiguration {
        var configuration = SequenceVectorsConfiguration()
        configuration.data.contextLength = 4
        configuration.model.hidden = 8
        configuration.model.dropout = 0.2
        configuration.training.batchSize = 16
        configuration.training.epochs = 6
        configuration.training.optimizer.learningRate = 3e-3
        configuration.training.earlyStopping?.patience = 100
        return configuration
    }

    /// The experiment over the folder at `path`.
    func experiment(_ path: String, on device: any Device) throws -> SequenceVectorsExperiment {
        try SequenceVectorsExperiment(
            self, data: SequenceVectorsData(path: path, data), device: device)
    }
}
