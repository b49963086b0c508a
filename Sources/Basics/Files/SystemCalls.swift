import Glibc

/// The system calls that writing a file goes through, so that a test can make each of them fail.
struct SystemCalls: Sendable {
    var write: @Sendable (Int32, UnsafeRawPointer, Int) -> Int
    var synchronize: @Sendable (Int32) -> Int32
    var rename: @Sendable (String, String) -> Int32

    static let live = SystemCalls(
        write: { Glibc.write($0, $1, $2) },
        synchronize: { Glibc.fsync($0) },
        rename: { Glibc.rename($0, $1) })
}

/// Repeats a system call while a signal interrupts it.
@inline(__always)
func retryingOnInterrupt<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}
