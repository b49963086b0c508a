public import TandemDevices

/// The twin of `device` whose fused operations are composed of the device's primitives.
///
/// It serves to test the compositions, and fused operations against them.
public func composed(_ device: any Device) -> any Device {
    ComposedDevice(device)
}

/// Hands the primitives to another device and composes everything else.
private final class ComposedDevice: Device {
    private let base: any Device

    init(_ base: any Device) {
        self.base = base
    }

    var name: String { "\(base.name), fused operations composed" }
    var identifier: String { base.identifier }
    var kind: DeviceKind { base.kind }
    var memoryBytes: Int { base.memoryBytes }
    var poolStatistics: PoolStatistics { base.poolStatistics }

    func makeStorage(_ count: Int) throws(DeviceError) -> DeviceStorage {
        try base.makeStorage(count)
    }

    func write(_ source: UnsafeRawBufferPointer, to destination: TransferSlice)
        throws(DeviceError)
    {
        try base.write(source, to: destination)
    }

    func read(_ source: TransferSlice, into destination: UnsafeMutableRawBufferPointer)
        throws(DeviceError)
    {
        try base.read(source, into: destination)
    }

    func synchronize() throws(DeviceError) { try base.synchronize() }

    func trimPool() { base.trimPool() }

    func run(_ o: DeviceOperation.Fill) throws(DeviceError) { try base.run(o) }
    func run(_ o: DeviceOperation.Unary) throws(DeviceError) { try base.run(o) }
    func run(_ o: DeviceOperation.UnaryBackward) throws(DeviceError) { try base.run(o) }
    func run(_ o: DeviceOperation.Binary) throws(DeviceError) { try base.run(o) }
    func run(_ o: DeviceOperation.BinaryBroadcast) throws(DeviceError) { try base.run(o) }
    func run(_ o: DeviceOperation.Select) throws(DeviceError) { try base.run(o) }
    func run(_ o: DeviceOperation.Affine) throws(DeviceError) { try base.run(o) }
    func run(_ o: DeviceOperation.Axpy) throws(DeviceError) { try base.run(o) }
    func run(_ o: DeviceOperation.Copy) throws(DeviceError) { try base.run(o) }
    func run(_ o: DeviceOperation.CopyStrided) throws(DeviceError) { try base.run(o) }
    func run(_ o: DeviceOperation.GatherRows) throws(DeviceError) { try base.run(o) }
    func run(_ o: DeviceOperation.ScatterAddRows) throws(DeviceError) { try base.run(o) }
    func run(_ o: DeviceOperation.Neighbours) throws(DeviceError) { try base.run(o) }
    func run(_ o: DeviceOperation.NeighboursBackward) throws(DeviceError) { try base.run(o) }
    func run(_ o: DeviceOperation.Reduce) throws(DeviceError) { try base.run(o) }
    func run(_ o: DeviceOperation.ArgumentReduce) throws(DeviceError) { try base.run(o) }
    func run(_ o: DeviceOperation.TopK) throws(DeviceError) { try base.run(o) }
    func run(_ o: DeviceOperation.CountAtLeast) throws(DeviceError) { try base.run(o) }
    func run(_ o: DeviceOperation.Matmul) throws(DeviceError) { try base.run(o) }
    func run(_ o: DeviceOperation.Dropout) throws(DeviceError) { try base.run(o) }
    func run(_ o: DeviceOperation.RandomUniform) throws(DeviceError) { try base.run(o) }
}
