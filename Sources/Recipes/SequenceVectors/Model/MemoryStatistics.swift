import TandemBasics
import TandemNetworks
import TandemTensors
public import TandemTraining

import Glibc

/// How a memory of slots is used: a memory whose slots are alike, or are read all alike, is a constant.
public struct MemoryStatistics: Sendable, Equatable {
    /// Entropy of the weights with which slots are read, as a part of ln M, the mean over the queries: 1 when all are read alike.
    public let entropy: Double
    /// Mean cosine of the pairs of slots.
    public let cosine: Double
    /// Mean length of the slots.
    public let norm: Double

    /// Entropies above it mean that the memory is not used.
    public static let largestEntropy = 0.98
    /// Cosines above it mean that the memory is not used.
    public static let largestCosine = 0.95

    /// Whether what is read is nearly the same whatever is asked.
    public var isUnused: Bool {
        entropy > Self.largestEntropy || cosine > Self.largestCosine
    }

    /// What to tell a person about a memory that is not used; `nil` when it is.
    public var warning: String? {
        guard isUnused else { return nil }
        return
            "memory unused: the entropy of its reading is \(NumberText.fixed(entropy, 3)) of the "
            + "largest (limit \(Self.largestEntropy)), the mean cosine of its slots "
            + "\(NumberText.fixed(cosine, 3)) (limit \(Self.largestCosine))"
    }

    /// The figures as metrics.
    public var metrics: [Metric] {
        [
            Metric("memory entropy", entropy, higherIsBetter: false),
            Metric("memory cosine", cosine, higherIsBetter: false),
            Metric("memory norm", norm),
        ]
    }
}

extension OpenMemory {
    /// The statistics with queries `[B, d]` of any length.
    func statistics(_ query: Tensor) throws -> MemoryStatistics {
        let count = Double(slots.shape[at: 0])
        let scores = try scores(query)
        let entropies = try (scores.softmax() * scores.logSoftmax()).sumOverLastAxis()
        let norms = try slots.squared().sumOverLastAxis().squareRoot()
        // The products of all pairs of rows are those of their sum with itself, less those of each with itself.
        let sum = try rows.sum(axis: 0).squared().sum()
        let own = try rows.squared().sum()
        let pairs = Double(try sum.item()) - Double(try own.item())
        return MemoryStatistics(
            entropy: count > 1 ? -Double(try entropies.mean().item()) / log(count) : 1,
            cosine: count > 1 ? pairs / (count * (count - 1)) : 1,
            norm: Double(try norms.mean().item()))
    }
}

/// Adds the statistics of a model's memory to the record of every epoch, and a warning when the memory is not used.
final class MemoryMonitor: TrainingPolicy {
    private let measure: () throws -> MemoryStatistics?

    /// A monitor of what `measure` gives; nothing is added where it gives `nil`.
    init(_ measure: @escaping () throws -> MemoryStatistics?) { self.measure = measure }

    var name: String { "memory" }

    func willSaveEpoch(_ record: inout EpochRecord, _ run: TrainingContext) throws {
        guard let statistics = try measure() else { return }
        for metric in statistics.metrics { record.metrics[metric.name] = metric.value }
        if let warning = statistics.warning {
            record.warnings = (record.warnings ?? []) + [warning]
        }
    }
}
