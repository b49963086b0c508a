import TandemDevices
import TandemTensors

/// Memory of fixed size on a device for matrices of the same number of rows, one behind the other.
final class FloatStage {
    private let memory: BufferSlice
    private var host: [Float] = []

    /// Memory for up to `rows` rows of every width.
    init(rows: Int, widths: [Int], on device: any Device) throws {
        memory = try device.allocate(rows * widths.reduce(0, +)).slice
    }

    /// Copies matrices of `rows` rows, row-major, to the device.
    func replace(with parts: [[Float]], rows: Int) throws -> [Tensor] {
        host.removeAll(keepingCapacity: true)
        for part in parts { host += part }
        try memory.buffer.device.upload(host, to: memory.part(from: 0, count: host.count))
        var start = 0
        return try parts.map { part in
            defer { start += part.count }
            return try Tensor(
                shape: [rows, part.count / max(1, rows)],
                slice: memory.part(from: start, count: part.count))
        }
    }
}
