public import TandemConfiguration

/// The rule that changes the parameters.
public struct OptimizerConfiguration: Configuration, Equatable {
    /// The kinds of optimiser.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// Adam with decoupled weight decay.
        case adamw
        /// Adam with L2 regularisation.
        case adam
        /// Stochastic gradient descent.
        case sgd
    }

    /// Which optimiser.
    public var kind = Kind.adamw
    /// Step size.
    public var learningRate = 5e-4
    /// Decay factor of the weights.
    public var weightDecay = 1e-2
    /// Adam: decay of the first moment.
    public var beta1 = 0.9
    /// Adam: decay of the second moment.
    public var beta2 = 0.999
    /// Adam: added to the root of the second moment.
    public var epsilon = 1e-8
    /// SGD: momentum factor.
    public var momentum = 0.0
    /// SGD: Nesterov's form.
    public var nesterov = false

    /// Parameters with rates of their own; those that no group holds take the rates above.
    public var groups: [ParameterGroupConfiguration] = []
    /// Whether a parameter that no gradient reaches in a step is left alone entirely: no decay, no change of its moments.
    public var leavesUnreachedAlone = false

    /// The values used where a file says nothing.
    public static let defaults = OptimizerConfiguration()

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.require(
            learningRate > 0 && learningRate.isFinite, "learningRate", learningRate,
            mustBe: "above 0")
        checks.require(
            weightDecay >= 0 && weightDecay.isFinite, "weightDecay", weightDecay,
            mustBe: "0 or more")
        checks.require((0..<1).contains(beta1), "beta1", beta1, mustBe: "at least 0 and below 1")
        checks.require((0..<1).contains(beta2), "beta2", beta2, mustBe: "at least 0 and below 1")
        checks.require(
            Float(epsilon) > 0 && epsilon <= 1, "epsilon", epsilon,
            mustBe: "above 0 and at most 1")
        checks.require(
            (0..<1).contains(momentum), "momentum", momentum, mustBe: "at least 0 and below 1")
        checks.require(
            !nesterov || momentum > 0, "nesterov", nesterov,
            mustBe: "false unless momentum is above 0")
        checks.sections("groups", groups)
    }
}

/// Parameters that share a learning rate and a weight decay.
public struct ParameterGroupConfiguration: Configuration, Equatable {
    /// Full name of the module or parameter that the group holds, for example `encoder.layers.0`; the first that fits counts.
    public var path = ""
    /// What reports call the group; its path without one.
    public var name: String?
    /// Step size; that of the optimiser without one.
    public var learningRate: Double?
    /// Decay factor; that of the optimiser without one.
    public var weightDecay: Double?

    /// The values used where a file says nothing.
    public static let defaults = ParameterGroupConfiguration()

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.require(
            !path.isEmpty, "path", "''", mustBe: "the name of a module or parameter")
        checks.require(
            name?.isEmpty != true, "name", "''", mustBe: "a word, or left out to take the path")
        for (key, rate) in [("learningRate", learningRate), ("weightDecay", weightDecay)] {
            guard let rate else { continue }
            checks.require(rate >= 0 && rate.isFinite, key, rate, mustBe: "0 or more")
        }
    }
}
