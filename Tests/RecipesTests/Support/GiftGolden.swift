import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

@testable import TandemRecipes

/// One case of a golden file of the gift recommender: the arrays whose names begin with the case's name.
struct GiftGolden {
    let golden: Golden
    /// The case with a dot at its end, or nothing.
    let prefix: String

    init(_ file: String, _ name: String = "") throws {
        golden = try Golden(file)
        prefix = name.isEmpty ? "" : name + "."
    }

    /// The processor and every OpenCL device: plain loops take minutes at real sizes.
    static let devices = TestDevices.all.filter { $0.device.identifier != "plain" }

    func has(_ name: String) -> Bool { golden.file.arrays.names.contains(prefix + name) }

    func values(_ name: String) throws -> [Float] { try golden.values(prefix + name) }

    func number(_ name: String) throws -> Float { try #require(try values(name).first) }

    func tensor(_ name: String, on device: any Device) throws -> Tensor {
        try golden.tensor(prefix + name, on: device)
    }

    func indices(_ name: String, on device: any Device) throws -> IndexTensor {
        try golden.indices(prefix + name, on: device)
    }

    /// The names behind `start`, without it.
    func names(_ start: String) -> [String] {
        golden.file.arrays.names.filter { $0.hasPrefix(prefix + start) }
            .map { String($0.dropFirst(prefix.count + start.count)) }
    }

    // MARK: Comparison

    /// Values of a forward pass: 1e-5 of the largest.
    func expectForward(
        _ found: Tensor?, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let expected = try values(name)
        let tolerance = Tolerance(absolute: 1e-5 * largest(expected), relative: 0)
        let found = try #require(found, "\(name)", sourceLocation: sourceLocation).values()
        expect(found, expected, tolerance, name, sourceLocation)
    }

    /// A number of a forward pass: 1e-5 of it.
    func expectNumber(
        _ found: Float, _ expected: Float, _ name: String, tolerance: Float = 1e-5,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        expect(
            [found], [expected], Tolerance(absolute: 0, relative: tolerance), name, sourceLocation)
    }

    /// A gradient, whole or as its summary: 1e-4 of the largest number.
    ///
    /// One that is 0 but for rounding, because a softmax does not see what is added to all of its inputs, is only small.
    func expectGradient(
        _ found: [Float], _ name: String, isZero: Bool = false,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        if isZero {
            #expect(largest(found) < 1e-6, "\(prefix + name)", sourceLocation: sourceLocation)
        } else if has("\(name).summary") {
            try expectSummary(found, name, sourceLocation)
        } else {
            let expected = try values(name)
            let tolerance = Tolerance(absolute: 1e-4 * largest(expected), relative: 0)
            expect(found, expected, tolerance, name, sourceLocation)
        }
    }

    /// The norm, the sum and 64 of the numbers.
    func expectSummary(
        _ found: [Float], _ name: String, tolerance: Float = 1e-4,
        _ sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let expected = try values("\(name).summary")
        let all = Figures(found)
        expectNumber(
            Float(all.norm), expected[0], "norm of \(name)", tolerance: tolerance,
            sourceLocation: sourceLocation)
        // The sum may cancel to nearly nothing.
        let scale = Float(all.norm * Double(found.count).squareRoot())
        expect(
            [Float(all.sum)], [expected[1]], Tolerance(absolute: 1e-5 * scale, relative: 0),
            "sum of \(name)", sourceLocation)
        let samples = (1...64).map { number in
            found[(Int(UInt32(truncatingIfNeeded: number * 2_654_435_761)) * found.count) >> 32]
        }
        expect(
            samples, Array(expected[2...]),
            Tolerance(absolute: tolerance * all.largest, relative: 0), name, sourceLocation)
    }

    func expect(
        _ found: [Float], _ expected: [Float], _ tolerance: Tolerance, _ name: String,
        _ sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let difference = mismatch(found, expected, tolerance)
        #expect(
            difference == nil, "\(prefix + name): \(difference ?? "")",
            sourceLocation: sourceLocation)
    }

    private func largest(_ values: [Float]) -> Float { Figures(values).largest }

    /// The number of places where two arrays of the same length differ in their bits.
    static func differences(_ values: [Float], _ other: [Float]) -> Int {
        precondition(values.count == other.count)
        var count = 0
        values.withUnsafeBufferPointer { values in
            other.withUnsafeBufferPointer { other in
                var index = 0
                while index < values.count {
                    if values[index].bitPattern != other[index].bitPattern { count += 1 }
                    index += 1
                }
            }
        }
        return count
    }

    /// What sums up many numbers.
    struct Figures {
        private(set) var norm = 0.0
        private(set) var sum = 0.0
        private(set) var largest: Float = 0

        /// Figures of `values - other`, without the places in `leftOut`.
        ///
        /// One pass without iterators: unoptimised builds take seconds for millions of numbers otherwise.
        init(
            _ values: [Float], minus other: [Float] = [], leavingOut leftOut: Range<Int> = 0..<0
        ) {
            var squares = 0.0
            values.withUnsafeBufferPointer { values in
                other.withUnsafeBufferPointer { other in
                    var index = 0
                    while index < values.count {
                        if index == leftOut.lowerBound { index = leftOut.upperBound }
                        let value = other.isEmpty ? values[index] : values[index] - other[index]
                        squares += Double(value) * Double(value)
                        sum += Double(value)
                        if !(value.magnitude <= largest) { largest = value.magnitude }
                        index += 1
                    }
                }
            }
            norm = squares.squareRoot()
        }
    }
}

/// A case of a golden file with a model that has the parameters of its formula, and a recorded pass without dropout.
final class GiftBench {
    let file: GiftGolden
    let arena: ParameterArena
    let context = ForwardContext(tape: Tape(), isTraining: false, seed: 0, pass: 0)
    private var leaves: [(name: String, variable: Tensor)] = []

    var device: any Device { arena.device }

    /// `place` is the name of `model` in the whole model.
    init(
        _ file: GiftGolden, _ model: any Module, at place: String, on device: any Device
    ) throws {
        self.file = file
        arena = try ParameterArena(model, device: device, seed: 0)
        try GiftParameters.load(into: arena, prefix: place + ".")
    }

    /// An input whose gradient is compared.
    func variable(_ name: String) throws -> Tensor {
        let variable = context.variable(try file.tensor("input.\(name)", on: device))
        leaves.append((name, variable))
        return variable
    }

    /// An input without a gradient.
    func input(_ name: String) throws -> Tensor { try file.tensor("input.\(name)", on: device) }

    /// Compares outputs, loss, and the gradients of the inputs and of all parameters.
    func check(_ outputs: [(name: String, value: Tensor)]) throws {
        var loss: Tensor?
        var scale: Float = 0
        for (name, value) in outputs {
            try file.expectForward(value, "output.\(name)")
            let weights = try file.tensor("loss_weights.\(name)", on: device)
            let term = try (value * weights.reshaped(value.shape)).sum()
            loss = try loss.map { try $0 + term } ?? term
            scale += Float(GiftGolden.Figures(try value.values()).norm)
        }
        #expect(Set(outputs.map(\.name)) == Set(file.names("output.")))
        let total = try #require(loss)
        file.expect(
            [try total.item()], try file.values("loss"),
            Tolerance(absolute: 1e-5 * scale, relative: 0), "loss")
        try context.backward(from: total)
        for (name, variable) in leaves {
            let gradient = try #require(try context.gradient(of: variable), "\(name)")
            try file.expectGradient(gradient.values(), "gradient.input.\(name)")
        }
        var known = Set(leaves.map { "input.\($0.name)" })
        for (number, entry) in arena.entries.enumerated() {
            let isReached =
                file.has("gradient.\(entry.name)")
                || file.has("gradient.\(entry.name).summary")
            #expect(arena.reachedParameters.contains(number) == isReached, "\(entry.name)")
            guard isReached else { continue }
            known.insert(entry.name)
            try file.expectGradient(
                entry.parameter.gradient.values(), "gradient.\(entry.name)")
        }
        let stored = file.names("gradient.").map {
            $0.hasSuffix(".summary") ? String($0.dropLast(8)) : $0
        }
        #expect(Set(stored) == known)
    }
}
