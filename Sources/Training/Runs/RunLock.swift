import Glibc

/// The right of one process to write into a folder of results; the system takes it back when the process ends, however.
public final class RunLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock of the folder at `path`; throws `TrainingError.runInUse` when another process has it.
    ///
    /// On file systems that know no locks every process gets one.
    public init(_ path: String) throws {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK
        else { return }
        close(descriptor)
        throw TrainingError.runInUse(path: path)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }
}
