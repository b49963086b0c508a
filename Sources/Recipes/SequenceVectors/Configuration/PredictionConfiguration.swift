public import TandemConfiguration

/// How the network's raw output becomes a prediction of unit length.
public struct PredictionConfiguration: Configuration, Equatable {
    /// The kinds of prediction; n(v) is v divided by its length.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// `n(e + raw)` with e a learned average of the context; training starts exactly at a moving average.
        case anchored
        /// `n(c + raw)` with c the last vector of the context.
        case delta
        /// `n(raw)`.
        case direct
    }

    /// Which prediction.
    public var kind = Kind.anchored
    /// Anchored: the average starts with weights `anchorDecay^age`, age 0 being the last vector.
    public var anchorDecay = 0.6
    /// Whether the raw output is brought to unit length before it is added, as the published system does.
    ///
    /// Such a step cannot be small; the model then does not start at the moving average.
    public var normalizedStep = false

    /// The values used where a file says nothing.
    public static let defaults = PredictionConfiguration()

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.require(
            anchorDecay > 0 && anchorDecay <= 1, "anchorDecay", anchorDecay,
            mustBe: "above 0 and at most 1")
    }
}
