import Glibc

/// A mutex with one condition: what a bounded queue between two threads needs.
final class Monitor: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    init() {
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        condition.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func withLock<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    /// Waits until `isReady` holds; only within ``withLock(_:)``.
    func wait(until isReady: () -> Bool) {
        while !isReady() { pthread_cond_wait(condition, mutex) }
    }

    /// Wakes the other thread; only within ``withLock(_:)``.
    func signal() {
        pthread_cond_broadcast(condition)
    }
}

/// A thread of its own, for work that waits and so has no place in a shared pool.
struct BackgroundThread: @unchecked Sendable {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private let handle: pthread_t

    /// Starts `run` on a new thread.
    init(_ run: @escaping @Sendable () -> Void) throws(BatchingProblem) {
        var handle = pthread_t()
        let body = Unmanaged.passRetained(Body(run))
        let code = pthread_create(
            &handle, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, body.toOpaque())
        guard code == 0 else {
            body.release()
            throw .threadFailed(code: code)
        }
        self.handle = handle
    }

    /// Waits for the end of the thread; must be called exactly once.
    func join() {
        pthread_join(handle, nil)
    }
}
