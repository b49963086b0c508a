import TandemDatasets
import TandemDevices
public import TandemNetworks

import FoundationEssentials

/// Reading and writing the state of a run as safetensors: weights under PyTorch's names, the optimiser's flat buffers under
/// `optimizer.`, and the training state as JSON in the metadata.
///
/// Files are written atomically: a run killed at any moment leaves the previous checkpoint or the new one, never a part.
public enum Checkpoint {
    private static let formatKey = "format"
    private static let stateKey = "training_state"
    private static let stepKey = "optimizer_steps"
    private static let format = "tandem-1"
    static let optimizerPrefix = "optimizer."

    /// Writes weights, optimiser and training state.
    public static func save(
        to path: String, state: TrainingState, arena: ParameterArena, optimizer: any Optimizer
    ) throws {
        var arrays = try weights(of: arena)
        for (name, slice) in optimizer.state {
            let values = try arena.device.download(slice)
            try arrays.append(
                HostArray(shape: [values.count], elements: values),
                named: optimizerPrefix + name)
        }
        let metadata = [
            (name: formatKey, text: format), (name: stepKey, text: "\(optimizer.stepCount)"),
            (name: stateKey, text: try encode(state)),
        ]
        try SafetensorsFile(arrays: arrays, metadata: metadata).write(to: path)
    }

    /// Reads weights, optimiser and training state back; throws when the file is damaged or belongs to another model.
    ///
    /// Nothing is changed unless everything fits.
    public static func load(from path: String, arena: ParameterArena, optimizer: any Optimizer)
        throws -> TrainingState
    {
        let file = try SafetensorsFile.read(path)
        let (state, steps) = try readState(file, path: path)
        var buffers: [[Float]] = []
        for (name, slice) in optimizer.state {
            guard let array = file.arrays[optimizerPrefix + name] else {
                throw TrainingError.badCheckpoint(
                    path: path,
                    problem: "'\(optimizerPrefix + name)' is missing; "
                        + "it was made with another optimiser")
            }
            guard array.count == slice.count else {
                throw TrainingError.badCheckpoint(
                    path: path,
                    problem: "'\(optimizerPrefix + name)' has \(array.count) elements, "
                        + "this model needs \(slice.count); it was made with another model")
            }
            buffers.append(try array.elements(as: Float.self))
        }
        try load(file.arrays, into: arena, path: path)
        for ((_, slice), values) in zip(optimizer.state, buffers) {
            try arena.device.upload(values, to: slice)
        }
        optimizer.stepCount = steps
        return state
    }

    /// Reads the training state alone; throws when the file is damaged or holds none.
    public static func loadState(from path: String) throws -> TrainingState {
        try readState(try SafetensorsFile.read(path), path: path).state
    }

    private static func readState(_ file: SafetensorsFile, path: String) throws
        -> (state: TrainingState, steps: Int)
    {
        guard file.metadata(named: formatKey) == format,
            let text = file.metadata(named: stateKey),
            let steps = file.metadata(named: stepKey).flatMap({ Int($0) })
        else {
            throw TrainingError.badCheckpoint(
                path: path, problem: "it holds no training state; it is not a last checkpoint")
        }
        do {
            let state = try RunDirectory.decoder().decode(
                TrainingState.self, from: Data(text.utf8))
            return (state, steps)
        } catch {
            throw TrainingError.badCheckpoint(
                path: path, problem: "its training state cannot be read (\(error))")
        }
    }

    /// Writes the weights alone.
    public static func saveWeights(to path: String, arena: ParameterArena) throws {
        try SafetensorsFile(
            arrays: try weights(of: arena), metadata: [(name: formatKey, text: format)]
        ).write(to: path)
    }

    /// Reads the weights of a checkpoint or of any safetensors file with the model's names and shapes.
    public static func loadWeights(from path: String, into arena: ParameterArena) throws {
        try load(try SafetensorsFile.read(path).arrays, into: arena, path: path)
    }

    private static func load(_ arrays: NamedArrays, into arena: ParameterArena, path: String)
        throws
    {
        var stored: [String: (shape: [Int], values: [Float])] = [:]
        for name in arrays.names where !name.hasPrefix(optimizerPrefix) {
            let array = try arrays.array(named: name)
            stored[name] = (array.shape, try array.float32Values())
        }
        do {
            try arena.load(stored)
        } catch let error as NetworkError {
            throw TrainingError.badCheckpoint(path: path, problem: error.description)
        }
    }

    private static func weights(of arena: ParameterArena) throws -> NamedArrays {
        var arrays = NamedArrays()
        for (name, shape, values) in try arena.namedValues() {
            try arrays.append(HostArray(shape: shape, elements: values), named: name)
        }
        return arrays
    }

    private static func encode(_ state: TrainingState) throws -> String {
        String(decoding: try RunDirectory.encoder().encode(state), as: UTF8.self)
    }
}
