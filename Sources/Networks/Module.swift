/// A part of a network that owns parameters, other modules, or both.
///
/// Names follow PyTorch: the full name of a parameter is the path of module names joined by dots, for example
/// `blocks.0.gru.weight_ih_l0`, so that weights travel both ways.
public protocol Module: AnyObject {
    /// The module's own parameters with their names, in a stable order.
    var parameters: [(name: String, parameter: Parameter)] { get }
    /// The modules inside this one with their names, in a stable order.
    var submodules: [(name: String, module: any Module)] { get }
}

extension Module {
    /// No parameters of its own.
    public var parameters: [(name: String, parameter: Parameter)] { [] }
    /// No modules inside.
    public var submodules: [(name: String, module: any Module)] { [] }

    /// All parameters of this module and those inside it under their full names, in a stable order.
    public var namedParameters: [(name: String, parameter: Parameter)] {
        parameters
            + submodules.flatMap { child in
                child.module.namedParameters.map { ("\(child.name).\($0.name)", $0.parameter) }
            }
    }
}
