public import TandemTensors

/// Mistakes in the use of networks; every description names the module or parameter and what to do.
public enum NetworkError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A parameter was used before a `ParameterArena` gave it memory.
    case unboundParameter(shape: Shape)
    /// Two parameters of a model have the same name.
    case duplicateName(String)
    /// Stored parameters do not fit the model; all problems at once.
    case incompatibleParameters([String])
    /// An argument is outside what the layer or optimiser accepts.
    case invalidArgument(where: String, detail: String)

    /// What happened, with the values, and what to do next.
    public var description: String {
        switch self {
        case .unboundParameter(let shape):
            return "a parameter of shape \(shape) was used before it had memory; "
                + "create ParameterArena(model, device:seed:) first"
        case .duplicateName(let name):
            return "two parameters are both called '\(name)'; give their modules different names"
        case .incompatibleParameters(let problems):
            return "the stored parameters do not fit this model: "
                + problems.joined(separator: "; ")
                + "; load them with the configuration they were trained with"
        case .invalidArgument(let place, let detail):
            return "\(place): \(detail)"
        }
    }
}
