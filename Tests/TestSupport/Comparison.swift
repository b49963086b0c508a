import FoundationEssentials

/// How far two numbers may lie apart: `absolute + relative * |expected|`.
public struct Tolerance: Sendable {
    /// Allowed difference near zero.
    public var absolute: Float
    /// Allowed difference as a part of the expected value.
    public var relative: Float

    /// A tolerance of `absolute + relative * |expected|`.
    public init(absolute: Float, relative: Float) {
        self.absolute = absolute
        self.relative = relative
    }

    /// Values of a forward pass against PyTorch.
    public static let forward = Tolerance(absolute: 1e-6, relative: 1e-5)

    /// Gradients: 1e-4 of each element, and of the array's largest element where others cancel to nearly nothing.
    public static func gradient(of expected: [Float]) -> Tolerance {
        let largest = expected.map(\.magnitude).max() ?? 0
        return Tolerance(absolute: 1e-4 * largest, relative: 1e-4)
    }
}

/// What is different between two arrays, in words, or `nil` when all elements agree.
///
/// Names the worst element, both values there and how many elements disagree; NaN agrees with nothing.
public func mismatch(_ found: [Float], _ expected: [Float], _ tolerance: Tolerance) -> String? {
    guard found.count == expected.count else {
        return "\(found.count) elements, expected \(expected.count)"
    }
    var worst: (index: Int, excess: Float)?
    var number = 0
    for index in found.indices {
        let allowed = tolerance.absolute + tolerance.relative * expected[index].magnitude
        let difference = (found[index] - expected[index]).magnitude
        if difference <= allowed { continue }
        number += 1
        let excess =
            difference.isNaN ? Float.infinity : difference / max(allowed, .leastNormalMagnitude)
        if worst.map({ excess > $0.excess }) ?? true { worst = (index, excess) }
    }
    guard let worst else { return nil }
    return "\(number) of \(found.count) elements differ; worst [\(worst.index)]: "
        + "found \(found[worst.index]), expected \(expected[worst.index])"
}
