import TandemBasics
public import TandemDevices
import TandemTensors

/// All parameters of a model in one flat buffer of values and one of gradients, and its buffers in a third.
///
/// A model works with the arena made from it last: making another one (on another device, say) gives every parameter new
/// memory and initial values, and training with the earlier arena throws `NetworkError.replacedArena`.
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

    /// A buffer's place in the flat memory of all buffers.
    public struct BufferEntry {
        /// Full name, as PyTorch would call it.
        public let name: String
        /// The buffer.
        public let buffer: Buffer
        /// First element.
        public let start: Int
        /// Number of elements.
        public var count: Int { buffer.shape.count }
    }

    /// The device that holds the memory.
    public let device: any Device
    /// The parameters in order of their places.
    public let entries: [Entry]
    /// The buffers in order of their places.
    public let bufferEntries: [BufferEntry]
    /// All values of parameters, padding included.
    public let values: BufferSlice
    /// All gradients, padding included.
    public let gradients: BufferSlice
    /// All values of buffers, padding included; one unused element in a model without buffers.
    public let bufferValues: BufferSlice

    let state: ArenaState

    /// Gives every parameter and buffer of `model` memory on `device` and its initial values, a pure function of `seed`.
    ///
    /// A parameter that occurs under two names (shared weights) is held once, under the first. Throws all `problems` of the
    /// modules and of initialisers that do not fit their shapes at once, and when two parameters have the same name.
    public init(_ model: any Module, device: any Device, seed: UInt64) throws {
        self.device = device
        let problems = model.allProblems()
        guard problems.isEmpty else { throw NetworkError.impossibleModel(problems) }
        var names = Set<String>()
        var places = Places()
        entries = try Self.unique(model.namedParameters.map { ($0.name, $0.parameter) }, &names)
            .map { name, parameter in
                let start = places.next(parameter.shape.count)
                return Entry(name: name, parameter: parameter, start: start)
            }
        let total = places.total
        places = Places()
        bufferEntries = try Self.unique(model.namedBuffers.map { ($0.name, $0.buffer) }, &names)
            .map { name, buffer in
                let start = places.next(buffer.shape.count)
                return BufferEntry(name: name, buffer: buffer, start: start)
            }
        values = try device.allocate(total).slice
        gradients = try device.allocate(total).slice
        bufferValues = try device.allocate(max(1, places.total)).slice
        state = ArenaState(model, count: entries.count)
        try device.fill(gradients, value: 0)
        try initialize(seed: seed)
        try bind()
    }

    /// Places in flat memory, each at a multiple of 16 elements.
    private struct Places {
        private(set) var total = 0

        mutating func next(_ count: Int) -> Int {
            defer { total += (count + 15) / 16 * 16 }
            return total
        }
    }

    private static func unique<Item: AnyObject>(
        _ named: [(String, Item)], _ names: inout Set<String>
    ) throws -> [(String, Item)] {
        var seen = Set<ObjectIdentifier>()
        var result: [(String, Item)] = []
        for (name, item) in named where seen.insert(ObjectIdentifier(item)).inserted {
            guard names.insert(name).inserted else { throw NetworkError.duplicateName(name) }
            result.append((name, item))
        }
        return result
    }

    /// Buffers take the streams after those of the parameters, so that a new buffer changes no initial weight.
    private func initialize(seed: UInt64) throws {
        var problems: [String] = []
        func draw(
            _ items: [(name: String, shape: Shape, initializer: Initializer, start: Int)],
            from first: Int, count: Int
        ) -> [Float] {
            var host = [Float](repeating: 0, count: count)
            for (number, item) in items.enumerated() {
                let (name, shape, initializer, start) = item
                if let problem = shape.problem ?? initializer.problem(for: shape) {
                    problems.append("'\(name)' of shape \(shape): \(problem)")
                    continue
                }
                let stream = RandomStreams.initialValues(seed: seed, parameter: first + number)
                let initial = initializer.makeValues(shape, stream: stream)
                host.replaceSubrange(start..<start + shape.count, with: initial)
            }
            return host
        }
        let parameters = draw(
            entries.map { ($0.name, $0.parameter.shape, $0.parameter.initializer, $0.start) },
            from: 0, count: values.count)
        let buffers = draw(
            bufferEntries.map { ($0.name, $0.buffer.shape, $0.buffer.initializer, $0.start) },
            from: entries.count, count: bufferValues.count)
        guard problems.isEmpty else { throw NetworkError.impossibleModel(problems) }
        try device.upload(parameters, to: values)
        try device.upload(buffers, to: bufferValues)
    }

    private func bind() throws {
        for (number, entry) in entries.enumerated() {
            let shape = entry.parameter.shape
            func tensor(_ slice: BufferSlice) throws -> Tensor {
                try Tensor(shape: shape, slice: slice.part(from: entry.start, count: entry.count))
            }
            entry.parameter.bind(
                Parameter.Memory(
                    value: try tensor(values), gradient: try tensor(gradients), arena: state,
                    number: number), named: entry.name)
        }
        for entry in bufferEntries {
            let slice = try bufferValues.part(from: entry.start, count: entry.count)
            try entry.buffer.bind(
                Tensor(shape: entry.buffer.shape, slice: slice), in: state, named: entry.name)
        }
    }

    /// A number for every parameter, padding included, zeros at first.
    func makeZeros() throws -> DeviceBuffer {
        let zeros = try device.allocate(values.count)
        try device.fill(zeros.slice, value: 0)
        return zeros
    }

    /// Number of trainable numbers, without padding.
    public var parameterCount: Int { entries.reduce(0) { $0 + $1.count } }

    /// Number of numbers in buffers, without padding.
    public var bufferCount: Int { bufferEntries.reduce(0) { $0 + $1.count } }

    /// Sets all gradients to zero.
    public func zeroGradients() throws {
        state.reach.startAnew()
        try device.fill(gradients, value: 0)
    }

    /// The parameters that a gradient has reached since the gradients were last set to zero.
    ///
    /// A parameter outside the set has no gradient, which is not the same as a gradient of zero.
    package var reachedParameters: ParameterSet { state.reach.parameters }

    /// Runs a piece of training and returns where its gradients came, for `repeatReach` whenever it is replayed.
    package func observingReach(_ body: () throws -> Void) rethrows -> GradientReach {
        let before = state.reach
        state.reach = GradientReach(capacity: entries.count)
        defer {
            let seen = state.reach
            state.reach = before
            state.reach.append(seen)
        }
        try body()
        return state.reach
    }

    /// Takes note that a piece of training was replayed on the device; allocates nothing.
    package func repeatReach(_ reach: GradientReach) { state.reach.append(reach) }
}
