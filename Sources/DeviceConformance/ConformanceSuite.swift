public import TandemDevices

/// The families of operations, as they are grouped under `Devices/Operations`, plus the memory family.
public enum OperationFamily: String, Sendable, Codable, CaseIterable {
    /// Allocation, transfer, filling and the buffer pool.
    case memory
    /// Functions of one and two elements, broadcasts, `affine`, `axpy`.
    case elementWise
    /// Copies, transpositions, gathering and scattering.
    case movement
    /// Sums and maxima, the best of a row and ranks in it.
    case reductions
    /// Matrix products.
    case matmul
    /// Philox streams: uniform numbers and dropout.
    case random
    /// Softmax, cross-entropy, layer norm, RMS norm, L2 normalisation.
    case normalization
    /// The whole-sequence GRU and LSTM.
    case recurrent
    /// Multi-head attention.
    case attention
    /// Adam, stochastic gradient descent and the clipping factor.
    case optimizers
}

/// How many cases a suite holds.
public enum SuiteSize: String, Sendable, Codable, CaseIterable {
    /// Few and tiny cases, fit for a device simulator that is a thousand times slower than hardware.
    case small
    /// All cases.
    case full
}

/// The list of cases that every device must pass: each runs operations on given inputs and compares the results with a
/// naive double-precision computation.
///
/// Every case runs three times (twice in a small suite). All arrays lie inside larger buffers between guard zones, which
/// must not change. The second run repeats the first with other values in the guard zones and must give the same bits, so
/// that reads outside an array and results that depend on timing are found. The third starts every array at an odd offset.
///
/// Tolerances: a value `x` may differ from its reference by `atol + rtol * magnitude`, where `atol` is 1e-6 unless the
/// case says otherwise, `rtol` is 1e-5 for forward results and 1e-4 for gradients, and `magnitude` is
/// - for functions of one or two elements: `|x|`;
/// - for sums of n terms: the larger of `|x|` and the Euclidean norm of the terms, which is what n terms of random sign
///   add up to, so that the allowance grows with the root of n;
/// - for results of longer computations (GRU, LSTM, gradients of normalisations): the largest magnitude in the same array, for
///   the outputs of a recurrent layer also in its gates;
/// - for layer norm: what cancels when the mean is subtracted, the row's largest element times gamma over the deviation;
/// - for weights after optimiser steps: the weight and the way it went.
///
/// NaN matches NaN only, infinities match exactly. Where the documentation of an operation fixes every bit (copies,
/// single additions and products, scatter-add, random numbers), results must be equal to the bit.
public struct ConformanceSuite: Sendable {
    /// The cases in the order they run.
    public let cases: [ConformanceCase]

    /// The cases of the given families with their reference results, which are computed here, once for all devices.
    public init(
        size: SuiteSize, families: [OperationFamily] = OperationFamily.allCases
    ) {
        cases = families.flatMap { Self.cases(of: $0, size: size) }
    }

    /// Runs all cases on `device`, one after the other; `progress` is told every result as it comes.
    public func run(
        on device: any Device, progress: (CaseResult) -> Void = { _ in }
    ) -> [CaseResult] {
        cases.map { testCase in
            let result = testCase.run(on: device)
            progress(result)
            return result
        }
    }

    private static func cases(of family: OperationFamily, size: SuiteSize) -> [ConformanceCase] {
        let sizes = CaseSizes(size)
        let builders: [CaseBuilder]
        switch family {
        case .memory: return memoryCases(sizes)
        case .elementWise:
            builders = unaryCases(sizes) + binaryCases(sizes) + broadcastCases(sizes)
        case .movement: builders = movementCases(sizes) + neighbourCases(sizes)
        case .reductions: builders = reductionCases(sizes) + rankingCases(sizes)
        case .matmul: builders = matmulCases(sizes)
        case .random: builders = randomCases(sizes)
        case .normalization:
            builders =
                softmaxCases(sizes) + crossEntropyCases(sizes) + normalizationCases(sizes)
        case .recurrent: builders = recurrentCases(sizes)
        case .attention: builders = attentionCases(sizes)
        case .optimizers: builders = adamCases(sizes) + sgdCases(sizes) + clipCases(sizes)
        }
        return builders.map { $0.finished(family: family, size: size) }
    }
}

/// The array sizes that a suite of a given size goes through.
struct CaseSizes: Sendable {
    let isFull: Bool

    init(_ size: SuiteSize) {
        isFull = size == .full
    }

    /// Lengths of one-dimensional arrays: none, one, and both sides of every power of two that kernels are built around.
    var lengths: [Int] {
        isFull ? [0, 1, 7, 31, 32, 33, 63, 64, 65, 129, 1027] : [0, 1, 7, 33]
    }

    /// A length that takes many work-groups or threads.
    var manyBlocks: [Int] { isFull ? [70_001] : [300] }

    /// Rows and columns of matrices.
    var matrices: [(rows: Int, columns: Int)] {
        isFull
            ? [
                (0, 5), (1, 1), (1, 7), (7, 1), (31, 33), (32, 32), (33, 31), (63, 65), (64, 64),
                (65, 63), (3, 129), (129, 3), (2, 1030),
            ]
            : [(0, 5), (1, 1), (3, 7), (5, 33)]
    }
}
