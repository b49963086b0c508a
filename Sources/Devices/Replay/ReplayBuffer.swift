import Synchronization

/// Memory of a replay device: a buffer of its base device.
final class ReplayBuffer: DeviceBuffer, @unchecked Sendable {
    let base: DeviceBuffer
    /// Where the memory goes when it was allocated by a recording.
    private let memory: RecordedMemory?

    init(_ base: DeviceBuffer, count: Int, device: ReplayDevice, memory: RecordedMemory?) {
        self.base = base
        self.memory = memory
        super.init(count: count, device: device)
    }

    deinit {
        memory?.put(base)
    }
}

/// Buffers that a recording allocated and has released again, for the rest of the same recording.
///
/// Released memory must not go back to the base device's pool, because the recorded operations will write to it again. Later
/// operations of the same recording may use it: they follow in the same order whenever it is replayed.
final class RecordedMemory: Sendable {
    private let released = Mutex<[Int: [DeviceBuffer]]>([:])

    /// Released memory of exactly `count` elements.
    func take(_ count: Int) -> DeviceBuffer? {
        released.withLock { $0[count]?.popLast() }
    }

    func put(_ buffer: DeviceBuffer) {
        released.withLock { $0[buffer.count, default: []].append(buffer) }
    }
}
