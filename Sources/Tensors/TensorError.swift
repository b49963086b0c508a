import TandemDevices

/// Mistakes in the use of tensors; every description names the operation, the shapes and what to do.
public enum TensorError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The shapes of the operands do not fit the operation.
    case shapeMismatch(operation: String, shapes: [Shape], advice: String)
    /// A shape that no tensor can have; `Shape.problem` says why.
    case invalidShape(operation: String, shape: Shape)
    /// The operands live on different devices.
    case deviceMismatch(operation: String, left: String, right: String)
    /// The operands were recorded on different tapes.
    case tapeMismatch(operation: String)
    /// A second backward pass was asked of a tape.
    case tapeUsedUp(operation: String)
    /// An argument is outside what the operation accepts.
    case invalidArgument(operation: String, detail: String)
    /// A gradient was asked of a tensor that no tape recorded.
    case notRecorded(operation: String)

    /// What happened, with the values, and what to do next.
    public var description: String {
        switch self {
        case .shapeMismatch(let operation, let shapes, let advice):
            let list = shapes.map(\.description).joined(separator: " and ")
            return "\(operation): shapes \(list) do not fit; \(advice)"
        case .invalidShape(let operation, let shape):
            return "\(operation): \(shape.problem ?? "the shape \(shape) is possible")"
        case .deviceMismatch(let operation, let left, let right):
            return "\(operation): operands live on different devices, \(left) and \(right); "
                + "move one with `copied(to:)`"
        case .tapeMismatch(let operation):
            return "\(operation): operands were recorded on different tapes; "
                + "use one tape for one backward pass, or `detached` for constants"
        case .tapeUsedUp(let operation):
            return "\(operation): the tape has been walked already and its saved values are gone; "
                + "record a new pass, or add the losses and walk back once"
        case .invalidArgument(let operation, let detail):
            return "\(operation): \(detail)"
        case .notRecorded(let operation):
            return "\(operation): the tensor was not recorded on this tape; "
                + "compute it from `tape.variable(...)` or from parameters of a training context"
        }
    }
}
