public import TandemTensors

/// Mistakes in the use of networks; every description names the module or parameter and what to do.
public enum NetworkError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A parameter or buffer was used before a `ParameterArena` gave it memory.
    case unboundParameter(shape: Shape)
    /// A parameter or buffer was used that the model's arena does not hold: its module is in no list of `submodules`.
    case unlistedParameter(shape: Shape, property: String?, model: String)
    /// Something worked on an arena whose parameters another arena, made later, has taken over.
    case replacedArena(operation: String, parameter: String)
    /// A gradient or a step was asked of a pass that was not recorded.
    case notTraining(operation: String)
    /// Modules were made with impossible sizes or settings; all problems at once.
    case impossibleModel([String])
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
                + "create ParameterArena(model, device:seed:) first, and list the parameter's "
                + "module in `submodules` of the module that owns it"
        case .unlistedParameter(let shape, let property, let model):
            let place = property.map { " in the property '\($0)'" } ?? ""
            return "a parameter of shape \(shape)\(place) of \(model) has no memory, while others "
                + "of the model have; list its module in `submodules` (a parameter in "
                + "`parameters`, a buffer in `buffers`) of the module that owns it"
        case .replacedArena(let operation, let parameter):
            return "\(operation): an arena made later has taken over '\(parameter)', so this one "
                + "no longer reaches the model; make one arena and the optimiser from it"
        case .notTraining(let operation):
            return "\(operation): the forward pass was not recorded, so there are no gradients; "
                + "run the model with ForwardContext.training(seed:pass:) and call its "
                + "backward(from:)"
        case .impossibleModel(let problems):
            return "the model cannot be made: " + problems.joined(separator: "; ")
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
