import TandemDevices
import TandemTensors

/// Sums loss terms on the device, weighted by their examples, so that the host waits only when it wants to know them.
final class LossMeter {
    private let device: any Device
    private let sums: DeviceBuffer
    private let count: Int

    /// A meter for the given terms, at zero.
    init(_ terms: [LossTerm], on device: any Device) throws {
        self.device = device
        count = terms.count
        sums = try device.allocate(max(1, terms.count))
        try reset()
    }

    /// Sets all sums to zero.
    func reset() throws {
        try device.fill(sums.slice, value: 0)
    }

    /// Adds the terms of a batch.
    func add(_ loss: BatchLoss) throws {
        for (index, value) in loss.values.enumerated() {
            try device.axpy(
                alpha: Float(loss.termExamples[index]), x: value.slice,
                y: sums.slice.part(from: index, count: 1))
        }
    }

    /// Waits for the device and returns the sums.
    func read() throws -> [Float] {
        Array(try device.download(sums.slice).prefix(count))
    }

    /// Sets the sums, one per term, from a checkpoint.
    func restore(_ values: [Float]) throws {
        guard count > 0 else { return }
        try device.upload(values, to: sums.slice.part(from: 0, count: count))
    }
}
