public import TandemConfiguration

/// The network that makes a raw step of a context.
public struct SequenceModelConfiguration: Configuration, Equatable {
    /// The kinds of network.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// Residual GRU blocks with post-norm.
        case baselineGRU = "baseline-gru"
    }

    /// Which network.
    public var kind = Kind.baselineGRU
    /// Hidden units, H.
    public var hidden = 256
    /// Number of residual blocks, L.
    public var layers = 2
    /// Dropout on the output of each block's GRU.
    public var dropout = 0.1

    /// The values used where a file says nothing.
    public static let defaults = SequenceModelConfiguration()

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.count(hidden, "hidden", atMost: 1_000_000)
        checks.count(layers, "layers", atMost: 1000)
        checks.require(
            (0..<1).contains(dropout), "dropout", dropout, mustBe: "at least 0 and below 1")
    }
}

extension SequenceModelConfiguration {
    /// The network for contexts of `contextLength` vectors of `features` elements; with `startsAtZero` its raw step is zero
    /// until training moves it.
    func makeNetwork(features: Int, contextLength: Int, startsAtZero: Bool) -> any StepNetwork {
        switch kind {
        case .baselineGRU: BaselineGRU(features: features, self, startsAtZero: startsAtZero)
        }
    }
}
