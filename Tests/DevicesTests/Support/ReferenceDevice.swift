import Devices
import Foundation

/// The smallest device that works: plain loops on one thread, primitives only, everything fused inherited.
///
/// A test double, and the proof that a device is one folder: what stands here is all that a new device needs.
final class ReferenceDevice: Device {
    let name = "reference"
    let identifier = "reference"
    let kind = DeviceKind.cpu
    let memoryBytes = Int(ProcessInfo.processInfo.physicalMemory)

    private let pool = BufferPool<UnsafeMutablePointerBox>(
        create: { UnsafeMutablePointerBox(.allocate(capacity: $0 / 4)) },
        destroy: { $0.pointer.deallocate() })

    var poolStatistics: PoolStatistics { pool.statistics }

    func trimPool() { pool.trim() }

    func synchronize() {}

    func allocate(_ count: Int) throws(DeviceError) -> DeviceBuffer {
        guard let (handle, sizeClass) = pool.take(4 * count) else {
            throw .outOfMemory(
                device: name, wanted: 4 * count, inUse: poolStatistics.liveBytes,
                available: memoryBytes)
        }
        return ReferenceBuffer(count: count, device: self, handle.pointer) { [pool] in
            pool.put(handle, sizeClass: sizeClass)
        }
    }

    func upload(_ source: UnsafeRawBufferPointer, to destination: BufferSlice)
        throws(DeviceError)
    {
        UnsafeMutableRawBufferPointer(try floats(destination)).copyMemory(from: source)
    }

    func download(_ source: BufferSlice, to destination: UnsafeMutableRawBufferPointer)
        throws(DeviceError)
    {
        destination.copyMemory(from: UnsafeRawBufferPointer(try floats(source)))
    }

    func fill(_ output: BufferSlice, value: Float) throws(DeviceError) {
        try floats(output).update(repeating: value)
    }

    /// The elements of a slice, which must belong to this device.
    func floats(_ slice: BufferSlice) throws(DeviceError) -> UnsafeMutableBufferPointer<Float> {
        guard let buffer = slice.buffer as? ReferenceBuffer, buffer.device === self else {
            throw .foreignBuffer(
                operation: "access", expected: identifier, found: slice.buffer.device.identifier)
        }
        return UnsafeMutableBufferPointer(
            start: buffer.elements + slice.offset, count: slice.count)
    }

    /// The elements of a slice as indices.
    func indices(_ slice: BufferSlice) throws(DeviceError) -> [Int] {
        try floats(slice).map { Int(Int32(bitPattern: $0.bitPattern)) }
    }
}

/// Carries a pointer through the pool.
struct UnsafeMutablePointerBox: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Float>

    init(_ pointer: UnsafeMutablePointer<Float>) {
        self.pointer = pointer
    }
}

private final class ReferenceBuffer: DeviceBuffer, @unchecked Sendable {
    let elements: UnsafeMutablePointer<Float>
    private let release: @Sendable () -> Void

    init(
        count: Int, device: any Device, _ elements: UnsafeMutablePointer<Float>,
        release: @escaping @Sendable () -> Void
    ) {
        self.elements = elements
        self.release = release
        super.init(count: count, device: device)
    }

    deinit { release() }
}
