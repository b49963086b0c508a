import Synchronization
import TandemNetworks
import TandemTensors

/// The parameters of the gift recommender's golden files, which follow from a tensor's name and shape alone; the formula
/// stands in `Tests/Golden/README.md`.
enum GiftParameters {
    private struct Key: Hashable {
        let name: String
        let shape: [Int]
    }

    /// Fourteen million numbers are made once.
    private static let known = Mutex<[Key: [Float]]>([:])

    /// Loads every parameter and buffer of `arena`, whose model stands at `prefix` in the whole model.
    static func load(into arena: ParameterArena, prefix: String = "") throws {
        var stored: [String: (shape: [Int], values: [Float])] = [:]
        for entry in arena.entries {
            let shape = entry.parameter.shape.dimensions
            stored[entry.name] = (shape, values(prefix + entry.name, shape))
        }
        for entry in arena.bufferEntries where entry.buffer.isStored {
            let shape = entry.buffer.shape.dimensions
            stored[entry.name] = (shape, values(prefix + entry.name, shape))
        }
        let report = try arena.load(stored)
        precondition(report.isComplete)
    }

    /// The values of the tensor `name` of the whole model, row-major.
    static func values(_ name: String, _ shape: [Int]) -> [Float] {
        let key = Key(name: name, shape: shape)
        if let found = known.withLock({ $0[key] }) { return found }
        let made = make(name, shape)
        known.withLock { $0[key] = made }
        return made
    }

    private static func make(_ name: String, _ shape: [Int]) -> [Float] {
        let count = shape.reduce(1, *)
        let hash = name.utf8.reduce(0x811C_9DC5 as UInt32) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
        let bound =
            name.hasPrefix("core.initial_")
            ? 1 : shape.count == 2 ? Float(1 / Double(shape[1]).squareRoot()) : 0.125
        let isNorm = name.hasSuffix("norm.weight")
        let isPositive = name.hasPrefix("reward_prediction.fusion.")
        return [Float](unsafeUninitializedCapacity: count) { values, filled in
            for index in 0..<count {
                var x = hash &+ UInt32(truncatingIfNeeded: index) &* 0x9E37_79B9
                x ^= x &>> 16
                x = x &* 0x7FEB_352D
                x ^= x &>> 15
                x = x &* 0x846C_A68B
                x ^= x &>> 16
                var value = (Float(x &>> 8) / 8_388_608 - 1) * bound
                if isNorm { value += 1 }
                if isPositive { value = value.magnitude }
                values[index] = value
            }
            filled = count
        }
    }
}
