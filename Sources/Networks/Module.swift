/// A part of a network that owns parameters, buffers, other modules, or several of these.
///
/// Names follow PyTorch: the full name of a parameter is the path of module names joined by dots, for example
/// `blocks.0.gru.weight_ih_l0`, so that weights travel both ways.
public protocol Module: AnyObject {
    /// The module's own parameters with their names, in a stable order.
    var parameters: [(name: String, parameter: Parameter)] { get }
    /// The module's own buffers with their names, in a stable order: what is kept, but not trained.
    var buffers: [(name: String, buffer: Buffer)] { get }
    /// The modules inside this one with their names, in a stable order.
    var submodules: [(name: String, module: any Module)] { get }
    /// What is impossible about the sizes and settings that the module itself was made with, for people to read.
    ///
    /// Making a `ParameterArena` throws what all modules have to say, so that layers are made without `try`.
    var problems: [String] { get }
}

extension Module {
    /// No parameters of its own.
    public var parameters: [(name: String, parameter: Parameter)] { [] }
    /// No buffers of its own.
    public var buffers: [(name: String, buffer: Buffer)] { [] }
    /// No modules inside.
    public var submodules: [(name: String, module: any Module)] { [] }
    /// Nothing is wrong.
    public var problems: [String] { [] }

    /// All parameters of this module and those inside it under their full names, in a stable order.
    public var namedParameters: [(name: String, parameter: Parameter)] {
        parameters
            + submodules.flatMap { child in
                child.module.namedParameters.map { ("\(child.name).\($0.name)", $0.parameter) }
            }
    }

    /// All buffers of this module and those inside it under their full names, in a stable order.
    public var namedBuffers: [(name: String, buffer: Buffer)] {
        buffers
            + submodules.flatMap { child in
                child.module.namedBuffers.map { ("\(child.name).\($0.name)", $0.buffer) }
            }
    }

    /// The problems of this module and those inside it, each after the path of its module.
    func allProblems(at path: String = "", inside: [any Module] = []) -> [String] {
        let place = path.isEmpty ? "the model" : "'\(path)'"
        guard !inside.contains(where: { $0 === self }) else {
            return ["\(place) (\(Self.self)): contains itself; take it out of `submodules`"]
        }
        return problems.map { "\(place) (\(Self.self)): \($0)" }
            + submodules.flatMap { child in
                child.module.allProblems(
                    at: path.isEmpty ? child.name : "\(path).\(child.name)",
                    inside: inside + [self])
            }
    }
}
