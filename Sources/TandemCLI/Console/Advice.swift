import TandemRecipes
import TandemTraining

/// What to do about an error, in terms of the command line; the library's errors say what happened and carry the values.
enum Advice {
    /// Words to put behind the error's own; `nil` when these say enough.
    static func about(_ error: any Error) -> String? {
        switch error {
        case SystemError.sweep(let path): "run it with: tandem sweep --config \(path)"
        default: nil
        }
    }
}
