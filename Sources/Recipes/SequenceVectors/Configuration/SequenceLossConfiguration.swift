public import TandemConfiguration
import TandemTraining

/// Weights of the loss terms; a term of weight 0 is not computed.
public struct SequenceLossConfiguration: Configuration, Equatable {
    /// What the loss compares.
    public enum Space: String, Codable, Sendable, CaseIterable {
        /// The prediction with the next vector.
        case vector
        /// The step alone with the difference of the next vector and the last one, as a published recipe does.
        ///
        /// For unit vectors the constant guess `-c` has the cosine `sqrt((1 - cos(c, y)) / 2)` with the true difference, so a network
        /// that has learned nothing looks good there, while `c + (-c)` finds nothing. Kept to reproduce that.
        case delta
    }

    /// What is compared.
    public var space = Space.vector
    /// Weight of the mean squared error.
    public var meanSquaredError = 0.0
    /// Weight of `1 - cosine`.
    public var cosine = 0.0
    /// Weight of InfoNCE with the batch as negatives.
    public var infoNCE = 1.0
    /// Whether InfoNCE also asks which prediction a target belongs to, and adds both.
    public var symmetric = false
    /// Temperature of InfoNCE; where it is learned, its first value.
    public var temperature = 0.07
    /// Whether the temperature is a parameter of training.
    public var learnsTemperature = false
    /// Rows of the training documents, drawn anew for every batch, that join the batch as negatives of InfoNCE.
    public var extraNegatives = 0
    /// Whether negatives that lie in a row's own context are taken out of InfoNCE.
    public var maskOwnContext = true
    /// Windows that are computed at once, so that large batches of long contexts fit into memory; 0 computes the whole batch.
    ///
    /// The loss still sees the whole batch: its gradient is that of one pass up to rounding, for the price of a second forward
    /// pass. Accumulation of gradients (`training.accumulation`) leaves every small batch with its own few negatives instead.
    public var windowsAtOnce = 0

    /// The values used where a file says nothing.
    public static let defaults = SequenceLossConfiguration()

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        let weights = [
            ("meanSquaredError", meanSquaredError), ("cosine", cosine), ("infoNCE", infoNCE),
        ]
        for (name, weight) in weights {
            checks.require(weight >= 0 && weight.isFinite, name, weight, mustBe: "0 or more")
        }
        checks.require(
            weights.contains { Float($0.1) > 0 }, "infoNCE", infoNCE,
            mustBe: "above 0 when all other weights are 0")
        checks.require(
            temperature >= 1e-6 && temperature <= 1e6, "temperature", temperature,
            mustBe: temperature > 0 ? "between 1e-6 and 1e6" : "above 0")
        checks.require(
            (0...1_000_000).contains(extraNegatives), "extraNegatives", extraNegatives,
            mustBe: "from 0 to 1000000")
        checks.notNegative(windowsAtOnce, "windowsAtOnce")
        let needs = [
            ("extraNegatives", extraNegatives > 0), ("symmetric", symmetric),
            ("learnsTemperature", learnsTemperature),
        ]
        for (name, isSet) in needs {
            checks.require(
                !isSet || infoNCE > 0, name, isSet, mustBe: "left out unless infoNCE is above 0")
        }
    }

    /// The terms with a weight above 0.
    var terms: [LossTerm] {
        [
            LossTerm("meanSquaredError", weight: Float(meanSquaredError)),
            LossTerm("cosine", weight: Float(cosine)), LossTerm("infoNCE", weight: Float(infoNCE)),
        ].filter { $0.weight > 0 }
    }
}
