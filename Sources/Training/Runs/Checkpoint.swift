import TandemBasics
import TandemDatasets
import TandemDevices
public import TandemNetworks

import FoundationEssentials

/// Reading and writing the state of a run as safetensors: weights under PyTorch's names, the flat buffers of the optimiser under
/// `optimizer.` and those of policies under `policy.`, and the training state as JSON in the metadata.
///
/// Files are written atomically: a run killed at any moment leaves the previous checkpoint or the new one, never a part.
public enum Checkpoint {
    private static let formatKey = "format"
    private static let stateKey = "training_state"
    private static let stepKey = "optimizer_steps"
    private static let format = "tandem-2"
    private static let weightsStepKey = "step"
    static let optimizerPrefix = "optimizer."
    static let policyPrefix = "policy."

    /// Writes weights, buffers of the optimiser and of the policies, and the training state, which must be complete.
    static func save(to path: String, _ run: TrainingContext) throws {
        var arrays = try weights(of: run.arena)
        for (name, slice) in keptBuffers(run) {
            let values = try run.device.download(slice)
            try arrays.append(HostArray(shape: [values.count], elements: values), named: name)
        }
        let metadata = [
            (name: formatKey, text: format), (name: stepKey, text: "\(run.optimizer.stepCount)"),
            (
                name: stateKey,
                text: String(decoding: try RunCoding.encoder().encode(run.state), as: UTF8.self)
            ),
        ]
        try SafetensorsFile(arrays: arrays, metadata: metadata).write(to: path)
    }

    /// What a checkpoint holds besides weights, under its name there.
    private static func keptBuffers(_ run: TrainingContext) -> [(name: String, slice: BufferSlice)]
    {
        run.optimizer.state.map { (optimizerPrefix + $0.name, $0.slice) }
            + run.savedBuffers.map { (policyPrefix + $0.name, $0.slice) }
    }

    /// Whether an array of a checkpoint is no weight.
    static func isKeptBuffer(_ name: String) -> Bool {
        name.hasPrefix(optimizerPrefix) || name.hasPrefix(policyPrefix)
    }

    /// Reads weights and buffers back and returns the training state; throws when the file is damaged or belongs to another
    /// model.
    ///
    /// Nothing is changed unless everything fits.
    static func load(from path: String, _ run: TrainingContext) throws -> TrainingState {
        let file = try SafetensorsFile.read(path)
        let (state, steps) = try readState(file, path: path)
        var buffers: [(slice: BufferSlice, values: [Float])] = []
        for (name, slice) in keptBuffers(run) {
            guard let array = file.arrays[name] else {
                let maker =
                    name.hasPrefix(optimizerPrefix) ? "another optimiser" : "other policies"
                throw bad(path, "'\(name)' is missing; it was made with \(maker)")
            }
            guard array.count == slice.count else {
                throw bad(
                    path,
                    "'\(name)' has \(array.count) elements, this model needs \(slice.count); it was "
                        + "made with another model")
            }
            buffers.append((slice, try array.elements(as: Float.self)))
        }
        try load(file.arrays, into: run.arena, path: path)
        for (slice, values) in buffers { try run.device.upload(values, to: slice) }
        run.optimizer.stepCount = steps
        run.optimizer.parameterSteps = state.parameterSteps
        return state
    }

    /// Reads the training state alone; throws when the file is damaged or holds none.
    public static func loadState(from path: String) throws -> TrainingState {
        try readState(try SafetensorsFile.read(path), path: path).state
    }

    private static func readState(_ file: SafetensorsFile, path: String) throws
        -> (state: TrainingState, steps: Int)
    {
        if let found = file.metadata(named: formatKey), found != format, found.hasPrefix("tandem-"),
            file.metadata(named: stateKey) != nil
        {
            throw bad(
                path,
                "it was written by another version of Tandem (\(found), this one reads \(format)); "
                    + "finish the run with that version, or start a new one")
        }
        guard file.metadata(named: formatKey) == format,
            let text = file.metadata(named: stateKey),
            let steps = file.metadata(named: stepKey).flatMap({ Int($0) })
        else {
            throw bad(path, "it holds no training state; it is not a last checkpoint")
        }
        do {
            return (
                try RunCoding.decoder().decode(TrainingState.self, from: Data(text.utf8)), steps
            )
        } catch {
            throw bad(path, "its training state cannot be read (\(error))")
        }
    }

    private static func bad(_ path: String, _ problem: String) -> TrainingError {
        .badCheckpoint(path: path, problem: problem)
    }

    /// Writes the weights alone; `step`, the number of the optimiser step that they come from, is kept beside them.
    public static func saveWeights(to path: String, arena: ParameterArena, step: Int? = nil) throws
    {
        var metadata = [(name: formatKey, text: format)]
        if let step { metadata.append((name: weightsStepKey, text: "\(step)")) }
        try SafetensorsFile(arrays: try weights(of: arena), metadata: metadata).write(to: path)
    }

    /// The step that weights written by `saveWeights` come from; `nil` when there is no such file or it does not say.
    static func step(ofWeights path: String) throws -> Int? {
        guard try Folder.fileExists(path) else { return nil }
        return try SafetensorsFile.read(path).metadata(named: weightsStepKey).flatMap { Int($0) }
    }

    /// Reads the weights of a checkpoint or of any safetensors file with the model's names and shapes.
    public static func loadWeights(from path: String, into arena: ParameterArena) throws {
        try load(try SafetensorsFile.read(path).arrays, into: arena, path: path)
    }

    private static func load(_ arrays: NamedArrays, into arena: ParameterArena, path: String)
        throws
    {
        var stored: [String: (shape: [Int], values: [Float])] = [:]
        for name in arrays.names where !isKeptBuffer(name) {
            let array = try arrays.array(named: name)
            stored[name] = (array.shape, try array.float32Values())
        }
        do {
            try arena.load(stored)
        } catch let error as NetworkError {
            throw bad(path, error.description)
        }
    }

    private static func weights(of arena: ParameterArena) throws -> NamedArrays {
        var arrays = NamedArrays()
        for (name, shape, values) in try arena.namedValues() {
            try arrays.append(HostArray(shape: shape, elements: values), named: name)
        }
        return arrays
    }

    /// Writes the weights of a checkpoint alone, under PyTorch's names, for use in other programs.
    ///
    /// The metadata says `format: pt`, by which Python's libraries know weights of PyTorch. The checkpoint may be one with or
    /// without the state of the optimiser; throws `DatasetError` when a file cannot be read or written.
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
