import TandemBasics

/// Counters of a device's buffer pool.
public struct PoolStatistics: Sendable, Equatable, Codable {
    /// Bytes in buffers that are in use.
    public var liveBytes = 0
    /// Bytes kept for reuse.
    public var cachedBytes = 0
    /// Largest value `liveBytes + cachedBytes` ever had.
    public var peakBytes = 0
    /// How often memory was requested from the driver; constant in a steady training loop.
    public var driverAllocations = 0
    /// How often a buffer was handed out.
    public var requests = 0

    /// Counters at zero.
    public init() {}
}

/// Keeps released device memory by size class for reuse: requests in a steady training loop never reach the driver.
///
/// Size classes are the powers of two and the halves between them. On failure of the driver the cache is emptied and the
/// request repeated once. Safe to call from any thread.
public final class BufferPool<Handle: Sendable>: Sendable {
    private struct State {
        var free: [Int: [Handle]] = [:]
        var statistics = PoolStatistics()
    }

    private let state = Guarded(State())
    private let create: @Sendable (Int) -> Handle?
    private let destroy: @Sendable (Handle) -> Void

    /// A pool over a driver: `create` returns memory of the given number of bytes or `nil` when there is none,
    /// `destroy` gives it back.
    public init(
        create: @escaping @Sendable (Int) -> Handle?, destroy: @escaping @Sendable (Handle) -> Void
    ) {
        self.create = create
        self.destroy = destroy
    }

    deinit {
        trim()
    }

    /// The size class that serves a request of `bytes`.
    public static func sizeClass(_ bytes: Int) -> Int {
        let minimum = 256
        guard bytes > minimum else { return minimum }
        let power = 1 << (Int.bitWidth - 1 - (bytes - 1).leadingZeroBitCount)
        let half = power + power / 2
        return bytes <= half ? half : 2 * power
    }

    /// Memory of at least `bytes` bytes with its class, or `nil` when the driver has none even after `trim`.
    public func take(_ bytes: Int) -> (handle: Handle, sizeClass: Int)? {
        let size = Self.sizeClass(bytes)
        let cached: Handle? = state.withLock { state in
            state.statistics.requests += 1
            guard let handle = state.free[size]?.popLast() else { return nil }
            state.statistics.cachedBytes -= size
            state.statistics.liveBytes += size
            return handle
        }
        if let cached { return (cached, size) }
        guard let handle = create(size) ?? retryAfterTrim(size) else { return nil }
        state.withLock { state in
            state.statistics.driverAllocations += 1
            state.statistics.liveBytes += size
            state.statistics.peakBytes = max(
                state.statistics.peakBytes,
                state.statistics.liveBytes + state.statistics.cachedBytes)
        }
        return (handle, size)
    }

    /// Memory of at least `bytes` bytes that comes back by itself, or `nil` when the driver has none even after `trim`.
    public func storage(_ bytes: Int) -> PooledStorage<Handle>? {
        take(bytes).map { PooledStorage($0.handle, sizeClass: $0.sizeClass, pool: self) }
    }

    private func retryAfterTrim(_ size: Int) -> Handle? {
        trim()
        return create(size)
    }

    /// Takes memory back for reuse.
    public func put(_ handle: Handle, sizeClass: Int) {
        state.withLock { state in
            state.free[sizeClass, default: []].append(handle)
            state.statistics.liveBytes -= sizeClass
            state.statistics.cachedBytes += sizeClass
        }
    }

    /// Gives all cached memory back to the driver.
    public func trim() {
        let handles = state.withLock { state in
            let all = state.free.values.flatMap { $0 }
            state.free = [:]
            state.statistics.cachedBytes = 0
            return all
        }
        handles.forEach(destroy)
    }

    /// The counters now.
    public var statistics: PoolStatistics { state.withLock { $0.statistics } }
}

/// Memory from a pool; it goes back there with the last reference.
public final class PooledStorage<Handle: Sendable>: DeviceStorage, @unchecked Sendable {
    /// The memory.
    public let memory: Handle
    /// Bytes that it holds at least.
    public let sizeClass: Int
    private let pool: BufferPool<Handle>

    init(_ memory: Handle, sizeClass: Int, pool: BufferPool<Handle>) {
        self.memory = memory
        self.sizeClass = sizeClass
        self.pool = pool
    }

    deinit {
        pool.put(memory, sizeClass: sizeClass)
    }
}
