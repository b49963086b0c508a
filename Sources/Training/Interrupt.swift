#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif
import Synchronization

private let requested = Atomic<Bool>(false)

/// Turns the first Ctrl-C (or SIGTERM) into a request that the trainer honours after the current step.
///
/// A second signal ends the process at once.
public enum Interrupt {
    /// Starts to listen for SIGINT and SIGTERM.
    public static func install() {
        for number in [SIGINT, SIGTERM] {
            _ = signal(number) { received in
                requested.store(true, ordering: .relaxed)
                signal(received, SIG_DFL)
            }
        }
    }

    /// Whether a signal came in since `install`.
    public static var isRequested: Bool { requested.load(ordering: .relaxed) }

    /// Asks for an interruption as a signal would.
    public static func request() { requested.store(true, ordering: .relaxed) }

    /// Forgets an earlier request.
    public static func reset() { requested.store(false, ordering: .relaxed) }
}
