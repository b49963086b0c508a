import TandemBasics
public import TandemDevices
import TandemTensors

/// What must agree when stored values are loaded into a model.
public enum LoadingRule: Sendable, Hashable {
    /// Every name and shape; anything else throws.
    case exact
    /// What has the same name and shape is loaded, the rest of the model keeps its values; throws when nothing fits.
    case partial
}

/// What became of stored values and of the model's arrays when weights were loaded, each list in a stable order.
public struct LoadingReport: Sendable, Hashable {
    /// Names that were loaded.
    public var loaded: [String] = []
    /// Names of the model without a stored value.
    public var missing: [String] = []
    /// Stored names that the model does not have.
    public var unexpected: [String] = []
    /// Names whose stored shape is not the model's, with both.
    public var misshapen: [Misshapen] = []

    /// An array whose stored shape is not the model's.
    public struct Misshapen: Sendable, Hashable {
        /// Full name.
        public var name: String
        /// The shape that was stored.
        public var stored: [Int]
        /// The shape in the model.
        public var expected: [Int]
    }

    /// Whether everything was loaded and nothing was left over.
    public var isComplete: Bool { missing.isEmpty && unexpected.isEmpty && misshapen.isEmpty }

    var problems: [String] {
        missing.map { "'\($0)' is missing" }
            + misshapen.map { "'\($0.name)' has shape \($0.stored), expected \($0.expected)" }
            + unexpected.map { name in
                let nearest = NearestName.suggestion(for: name, among: missing)
                return "'\(name)' is not part of the model"
                    + (nearest.map { " (did you mean '\($0)'?)" } ?? "")
            }
    }
}

extension ParameterArena {
    /// Copies all values of parameters and buffers into new device memory; see `restore`.
    public func snapshot() throws -> DeviceBuffer {
        let copy = try device.allocate(values.count + bufferValues.count)
        try copyValues(values, to: copy.slice.part(from: 0, count: values.count))
        try copyValues(
            bufferValues, to: copy.slice.part(from: values.count, count: bufferValues.count))
        return copy
    }

    /// Sets all values to those of a snapshot of this arena, bit for bit.
    ///
    /// Throws when the snapshot has another length, and when a later arena has taken over the model.
    public func restore(_ snapshot: DeviceBuffer) throws {
        try state.requireCurrent("restore")
        guard snapshot.count == values.count + bufferValues.count else {
            throw NetworkError.invalidArgument(
                where: "restore",
                detail: "a snapshot of \(snapshot.count) elements for an arena of "
                    + "\(values.count + bufferValues.count); take it from the same model")
        }
        try copyValues(snapshot.slice.part(from: 0, count: values.count), to: values)
        try copyValues(
            snapshot.slice.part(from: values.count, count: bufferValues.count), to: bufferValues)
    }

    /// Copies a whole slice bit for bit.
    func copyValues(_ source: BufferSlice, to destination: BufferSlice) throws {
        guard source.count > 0 else { return }
        try device.copy(
            Region(source, rowStride: source.count),
            to: Region(destination, rowStride: source.count), rows: 1, columns: source.count,
            accumulate: false)
    }

    /// All parameters, then all stored buffers, with their places in the memory of one or the other.
    private var slots: [(name: String, shape: [Int], isBuffer: Bool, start: Int, count: Int)] {
        entries.map { ($0.name, $0.parameter.shape.dimensions, false, $0.start, $0.count) }
            + bufferEntries.filter(\.buffer.isStored).map {
                ($0.name, $0.buffer.shape.dimensions, true, $0.start, $0.count)
            }
    }

    /// Waits for the device and returns the values of every parameter, then of every stored buffer, by name, with shapes.
    public func namedValues() throws -> [(name: String, shape: [Int], values: [Float])] {
        let host = try device.download(values)
        let buffers = bufferEntries.isEmpty ? [] : try device.download(bufferValues)
        return slots.map { name, shape, isBuffer, start, count in
            (name, shape, Array((isBuffer ? buffers : host)[start..<start + count]))
        }
    }

    /// Sets parameters and buffers from stored values and returns what was loaded.
    ///
    /// Under the rule `exact` names and shapes must match; all problems are reported at once. Values whose number is not that
    /// of their shape throw under every rule. When it throws, nothing was changed.
    @discardableResult
    public func load(
        _ stored: [String: (shape: [Int], values: [Float])], rule: LoadingRule = .exact
    ) throws -> LoadingReport {
        try state.requireCurrent("load")
        var report = LoadingReport()
        var damaged: [String] = []
        var fitting: [(values: [Float], slice: BufferSlice)] = []
        let slots = slots
        for (name, shape, isBuffer, start, count) in slots {
            guard let found = stored[name] else {
                report.missing.append(name)
                continue
            }
            guard found.shape == shape else {
                report.misshapen.append(
                    LoadingReport.Misshapen(name: name, stored: found.shape, expected: shape))
                continue
            }
            guard found.values.count == count else {
                damaged.append("'\(name)' has \(found.values.count) values for shape \(shape)")
                continue
            }
            report.loaded.append(name)
            let memory = isBuffer ? bufferValues : values
            fitting.append((found.values, try memory.part(from: start, count: count)))
        }
        let known = Set(slots.map(\.name))
        report.unexpected = stored.keys.filter { !known.contains($0) }.sorted()
        let refuses = rule == .exact ? !report.isComplete : report.loaded.isEmpty
        guard damaged.isEmpty, !refuses else {
            throw NetworkError.incompatibleParameters(damaged + report.problems)
        }
        for (values, slice) in fitting where slice.count > 0 {
            try device.upload(values, to: slice)
        }
        return report
    }
}
