import Glibc

/// A value that one thread at a time may use.
///
/// Like `Mutex` of the standard library, whose waiting path ThreadSanitizer cannot see into: what devices share between threads
/// lies behind this lock, so that their use by several threads can be proved free of races.
package final class Guarded<Value>: @unchecked Sendable {
    // Only `withLock` reaches the value.
    private var value: Value
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    /// Guards `value`.
    package init(_ value: sending Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Runs `body` with the value while no other thread does; `body` must not call it again.
    package func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
