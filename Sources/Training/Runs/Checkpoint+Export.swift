import TandemDatasets

extension Checkpoint {
    /// Writes the weights of a checkpoint alone, under PyTorch's names, for use in other programs.
    ///
    /// The metadata says `format: pt`, by which Python's libraries know weights of PyTorch.
    ///
    /// - Parameters:
    ///   - checkpoint: a checkpoint with or without the state of the optimiser.
    ///   - path: the file to write, atomically.
    /// - Throws: `DatasetError` when a file cannot be read or written.
    public static func exportWeights(from checkpoint: String, to path: String) throws {
        let file = try SafetensorsFile.read(checkpoint)
        var weights = NamedArrays()
        for name in file.arrays.names where !isKeptBuffer(name) {
            try weights.append(try file.arrays.array(named: name), named: name)
        }
        try SafetensorsFile(arrays: weights, metadata: [(name: "format", text: "pt")])
            .write(to: path)
    }
}
