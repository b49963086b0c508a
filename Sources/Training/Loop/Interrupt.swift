import Glibc
import Synchronization

private let requested = Atomic<Bool>(false)

/// Turns the first Ctrl-C (or SIGTERM) into a request that the trainer honours after the current step.
///
/// A second signal ends the process at once.
public enum Interrupt {
    /// Starts to listen for SIGINT and SIGTERM, also where the parent process has left them blocked.
    public static func install() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM] {
            sigaddset(&signals, number)
            _ = signal(number) { received in
                requested.store(true, ordering: .relaxed)
                signal(received, SIG_DFL)
            }
        }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    /// Whether a signal came in since `install`.
    public static var isRequested: Bool { requested.load(ordering: .relaxed) }
}
