public import TandemDevices
import TandemTensors

/// All parameters of a model in one flat buffer of values and one of gradients.
///
/// A model works with the arena made from it last: making another one (on another device, say) gives every parameter new
/// memory and initial values, and optimisers of the earlier arena no longer reach the model.
/// Zeroing gradients, their global norm and the optimiser step are one operation each. Every parameter starts at a multiple
/// of 16 elements; the padding between them stays zero.
public final class ParameterArena {
    /// A parameter's place in the flat buffers.
    public struct Entry {
        /// Full name, as PyTorch would call it.
        public let name: String
        /// The parameter.
        public let parameter: Parameter
        /// First element.
        public let start: Int
        /// Number of elements.
        public var count: Int { parameter.shape.count }
    }

    /// The device that holds the memory.
    public let device: any Device
    /// The parameters in order of their places.
    public let entries: [Entry]
    /// All values, padding included.
    public let values: BufferSlice
    /// All gradients, padding included.
    public let gradients: BufferSlice

    /// Gives every parameter of `model` memory on `device` and its initial values, a pure function of `seed`.
    ///
    /// A parameter that occurs under two names (shared weights) is held once, under the first. Throws when two
    /// parameters have the same name or an initialiser has the wrong number of values.
    public init(_ model: any Module, device: any Device, seed: UInt64) throws {
        self.device = device
        var entries: [Entry] = []
        var names = Set<String>()
        var seen = Set<ObjectIdentifier>()
        var total = 0
        for (name, parameter) in model.namedParameters
        where seen.insert(ObjectIdentifier(parameter)).inserted {
            guard names.insert(name).inserted else { throw NetworkError.duplicateName(name) }
            entries.append(Entry(name: name, parameter: parameter, start: total))
            total += (parameter.shape.count + 15) / 16 * 16
        }
        self.entries = entries
        values = try device.allocate(total).slice
        gradients = try device.allocate(total).slice
        try device.fill(gradients, value: 0)
        try initialize(total: total, seed: seed)
    }

    private func initialize(total: Int, seed: UInt64) throws {
        var host = [Float](repeating: 0, count: total)
        for (index, entry) in entries.enumerated() {
            let initial = entry.parameter.initializer.makeValues(
                entry.count, stream: RandomStreams.initialValues(seed: seed, parameter: index))
            guard initial.count == entry.count else {
                throw NetworkError.invalidArgument(
                    where: entry.name,
                    detail: "\(initial.count) initial values for shape \(entry.parameter.shape)")
            }
            host.replaceSubrange(entry.start..<entry.start + entry.count, with: initial)
            let shape = entry.parameter.shape
            entry.parameter.bind(
                value: Tensor(
                    shape: shape, slice: try values.part(from: entry.start, count: entry.count)),
                gradient: Tensor(
                    shape: shape, slice: try gradients.part(from: entry.start, count: entry.count)))
        }
        try device.upload(host, to: values)
    }

    /// Number of trainable numbers, without padding.
    public var parameterCount: Int { entries.reduce(0) { $0 + $1.count } }

    /// Sets all gradients to zero.
    public func zeroGradients() throws {
        try device.fill(gradients, value: 0)
    }

    /// Copies all values into new device memory; see `restore`.
    public func snapshot() throws -> DeviceBuffer {
        let copy = try device.allocate(values.count)
        try copyValues(from: values, to: copy.slice)
        return copy
    }

    /// Sets all values to those of a snapshot of this arena, bit for bit; throws when the snapshot has another length.
    public func restore(_ snapshot: DeviceBuffer) throws {
        guard snapshot.count == values.count else {
            throw NetworkError.invalidArgument(
                where: "restore",
                detail: "a snapshot of \(snapshot.count) elements for an arena of "
                    + "\(values.count); take it from the same model")
        }
        try copyValues(from: snapshot.slice, to: values)
    }

    private func copyValues(from source: BufferSlice, to destination: BufferSlice) throws {
        try device.copy(
            Region(source, rowStride: values.count),
            to: Region(destination, rowStride: values.count), rows: 1, columns: values.count,
            accumulate: false)
    }

    /// Waits for the device and returns every parameter's values by name, with shapes.
    public func namedValues() throws -> [(name: String, shape: [Int], values: [Float])] {
        let host = try device.download(values)
        return entries.map { entry in
            (
                entry.name, entry.parameter.shape.dimensions,
                Array(host[entry.start..<entry.start + entry.count])
            )
        }
    }

    /// Sets every parameter from stored values; names and shapes must match exactly, all problems are reported at once.
    public func load(_ stored: [String: (shape: [Int], values: [Float])]) throws {
        var problems: [String] = []
        var host = [Float](repeating: 0, count: values.count)
        for entry in entries {
            guard let found = stored[entry.name] else {
                problems.append("'\(entry.name)' is missing")
                continue
            }
            guard found.shape == entry.parameter.shape.dimensions else {
                problems.append(
                    "'\(entry.name)' has shape \(found.shape), expected \(entry.parameter.shape)")
                continue
            }
            guard found.values.count == entry.count else {
                problems.append(
                    "'\(entry.name)' has \(found.values.count) values for shape \(found.shape)")
                continue
            }
            host.replaceSubrange(entry.start..<entry.start + entry.count, with: found.values)
        }
        let known = Set(entries.map(\.name))
        for name in stored.keys.sorted() where !known.contains(name) {
            problems.append("'\(name)' is not part of the model")
        }
        guard problems.isEmpty else { throw NetworkError.incompatibleParameters(problems) }
        try device.upload(host, to: values)
    }
}
