import Dispatch
import Glibc
import Synchronization

/// A value that one thread at a time may use.
///
/// Like `Mutex` of the standard library, whose waiting path ThreadSanitizer cannot see into: what devices share between threads
/// lies behind this lock, so that their use by several threads can be proved free of races.
package final class Guarded<Value>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    // Only `withLock` reaches the value, which has memory of its own: one without size would share an address with this object.
    private let value: UnsafeMutablePointer<Value>

    /// Guards `value`.
    package init(_ value: sending Value) {
        self.value = .allocate(capacity: 1)
        self.value.initialize(to: value)
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
        value.deinitialize(count: 1)
        value.deallocate()
    }

    /// Runs `body` with the value while no other thread does; `body` must not call it again.
    package func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value.pointee)
    }
}

/// Doing independent pieces of work on several threads.
package enum ParallelWork {
    /// Calls `body(worker, item)` once for every item.
    ///
    /// At most `workers` calls run at once, each with its own worker number from 0. Which worker
    /// takes an item is not determined, so results must not depend on it.
    package static func forEach(
        _ itemCount: Int, workers: Int, _ body: @Sendable (_ worker: Int, _ item: Int) -> Void
    ) {
        let next = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: max(1, min(workers, itemCount))) { worker in
            while true {
                let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
                if item >= itemCount { return }
                body(worker, item)
            }
        }
    }
}
