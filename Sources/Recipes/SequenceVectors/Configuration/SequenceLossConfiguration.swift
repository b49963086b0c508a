public import TandemConfiguration

/// Weights of the loss terms; a term of weight 0 is not computed.
public struct SequenceLossConfiguration: Configuration, Equatable {
    /// Weight of the mean squared error.
    public var meanSquaredError = 0.0
    /// Weight of `1 - cosine`.
    public var cosine = 0.0
    /// Weight of InfoNCE with the batch as negatives.
    public var infoNCE = 1.0
    /// Temperature of InfoNCE.
    public var temperature = 0.07
    /// Whether negatives that lie in a row's own context are taken out of InfoNCE.
    public var maskOwnContext = true

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
    }
}
