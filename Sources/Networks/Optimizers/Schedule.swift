import Glibc

/// A learning-rate schedule that is a pure function of the step: a factor on every group's learning rate.
public enum Schedule: Sendable, Hashable {
    /// Always 1.
    case constant
    /// Linear warm-up from 0 over `warmUp` steps (the first step is at full rate when 0 or 1), then half a cosine from 1
    /// to `floor` at step `total`; `floor` afterwards.
    ///
    /// (Loshchilov and Hutter 2017.)
    case cosine(warmUp: Int, total: Int, floor: Double)

    /// The factor for step number `step`, counted from 1.
    public func factor(step: Int) -> Double {
        switch self {
        case .constant:
            return 1
        case .cosine(let warmUp, let total, let floor):
            let warmUp = max(1, warmUp)
            if step <= warmUp { return Double(step) / Double(warmUp) }
            let progress = min(1, Double(step - warmUp) / Double(max(1, total - warmUp)))
            return floor + (1 - floor) * 0.5 * (1 + cos(Double.pi * progress))
        }
    }
}

/// Multiplies the learning rate by a factor when a metric has stopped improving, PyTorch's `ReduceLROnPlateau`.
///
/// An epoch improves when the metric is below `best * (1 - threshold)` (above `best * (1 + threshold)` when larger is
/// better). After more than `patience` epochs in a row without improvement the factor is applied.
public struct ReduceOnPlateau: Sendable, Hashable, Codable {
    /// Multiplies the learning rate, in `(0, 1)`.
    public var factor: Double
    /// Epochs without improvement that are borne.
    public var patience: Int
    /// Relative improvement that counts.
    public var threshold: Double
    /// The factor never falls below this.
    public var minimumFactor: Double

    /// The product of all reductions so far.
    public private(set) var currentFactor = 1.0
    private var best: Double?
    private var badEpochs = 0

    /// A plateau detector that has seen nothing yet.
    public init(
        factor: Double = 0.5, patience: Int = 3, threshold: Double = 1e-4,
        minimumFactor: Double = 0
    ) {
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.minimumFactor = minimumFactor
    }

    /// Takes in the metric of one epoch.
    public mutating func observe(_ metric: Double, higherIsBetter: Bool = false) {
        let improves: Bool
        if let best {
            improves =
                higherIsBetter
                ? metric > best * (1 + threshold) : metric < best * (1 - threshold)
        } else {
            improves = !metric.isNaN
        }
        if improves {
            best = metric
            badEpochs = 0
            return
        }
        badEpochs += 1
        if badEpochs > patience {
            currentFactor = max(minimumFactor, currentFactor * factor)
            badEpochs = 0
        }
    }
}
