import Glibc
import Synchronization

/// Writes to an open file descriptor without buffering.
final class FileSink: TextSink {
    private let descriptor: CInt
    private let failure = Mutex<CInt?>(nil)

    init(descriptor: CInt) {
        self.descriptor = descriptor
    }

    /// The reason of the first write that failed, if any did.
    var failureReason: String? {
        failure.withLock { code in code.map { String(cString: strerror($0)) } }
    }

    var terminalWidth: Int? {
        guard isatty(descriptor) == 1 else { return nil }
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    func write(_ text: String) {
        failure.withLock { failure in
            guard failure == nil else { return }
            var bytes = Array(text.utf8)[...]
            while !bytes.isEmpty {
                let written = bytes.withUnsafeBytes {
                    Glibc.write(descriptor, $0.baseAddress, $0.count)
                }
                if written >= 0 {
                    bytes = bytes.dropFirst(written)
                } else if errno != EINTR {
                    failure = errno
                    return
                }
            }
        }
    }
}
