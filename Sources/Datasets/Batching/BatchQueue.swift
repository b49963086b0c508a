import Glibc

/// The ring of batches between the thread that fills them and the thread that uses them.
///
/// Batch number n lives in slot n % slots. Three counters say everything: slots are filled in
/// order, taken in order, and released in order, so that a slot may be filled again once the
/// batch that lived there has been released.
final class BatchQueue<Batch: AnyObject & Sendable>: @unchecked Sendable {
    /// What the consumer finds.
    enum Delivery {
        case batch(Batch, BatchPosition)
        case end
        case failure(any Error)
        case cancelled
    }

    private enum State {
        case running
        case finished
        case failed(any Error)
        case cancelled
    }

    private let monitor = Monitor()
    private let slots: [Batch]
    private let heldCount: Int
    /// The mutable members below are touched only under the monitor's lock.
    private var positions: [BatchPosition]
    private var filled = 0
    private var taken = 0
    private var released = 0
    private var state = State.running

    init(slots: [Batch], heldCount: Int) {
        self.slots = slots
        self.heldCount = heldCount
        positions = [BatchPosition](repeating: BatchPosition(), count: slots.count)
    }

    /// Producer: waits for a free batch; nil after cancellation.
    func nextFree() -> Batch? {
        monitor.withLock {
            monitor.wait { isCancelled || filled - released < slots.count }
            return isCancelled ? nil : slots[filled % slots.count]
        }
    }

    /// Producer: hands over the batch that ``nextFree()`` gave.
    func didFill(_ position: BatchPosition) {
        monitor.withLock {
            positions[filled % slots.count] = position
            filled += 1
            monitor.signal()
        }
    }

    /// Producer: says that no batch follows, because of `error` or because all have been made.
    func finish(_ error: (any Error)?) {
        monitor.withLock {
            if case .running = state { state = error.map { .failed($0) } ?? .finished }
            monitor.signal()
        }
    }

    /// Consumer: waits for the next batch; the one taken `heldCount` calls ago is released.
    func take() -> Delivery {
        monitor.withLock {
            released = max(released, taken + 1 - heldCount)
            monitor.signal()
            monitor.wait {
                if case .running = state { return filled > taken }
                return true
            }
            if isCancelled { return .cancelled }
            if filled > taken {
                let slot = taken % slots.count
                taken += 1
                return .batch(slots[slot], positions[slot])
            }
            if case .failed(let error) = state { return .failure(error) }
            return .end
        }
    }

    /// Consumer: ends the work; the producer stops before its next batch.
    func cancel() {
        monitor.withLock {
            state = .cancelled
            monitor.signal()
        }
    }

    private var isCancelled: Bool {
        if case .cancelled = state { return true }
        return false
    }
}

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
