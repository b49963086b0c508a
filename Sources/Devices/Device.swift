/// A place where tensors live and operations run: the vocabulary that everything above speaks.
///
/// The methods that issue operations are extensions of this protocol, in one file per family under `Operations/`: each makes a
/// value of its operands and hands it to `issue`, which checks it once, keeps it while the calling thread records, and lets the
/// device `run` it. The element-wise, movement, reduction, matmul and random families are primitives that every device runs;
/// the normalisation, attention, recurrent and optimiser families are fused operations that are composed of primitives by default, so that
/// a new device works before it is fast.
///
/// Conventions that hold for every operation:
/// - Elements are 4 bytes wide: `Float32` values, `Int32` indices. Arrays are contiguous and row-major.
/// - Outputs are written into slices that the caller supplies. An output may alias an input only where the
///   documentation says so ("in place").
/// - Every operation throws `foreignBuffer` for memory of another device and `invalidArgument` for sizes that leave a slice.
/// - Work is issued in order. An operation may return before it ran; `download` and `synchronize` wait.
/// - Results are deterministic: the same calls on the same device give the same bits. Sums run in a fixed order that
///   does not depend on the number of threads.
/// - Everything throws `DeviceError` when the device itself fails (out of memory, driver errors).
/// - Several threads may use one device at the same time, each with memory that no other writes meanwhile; what they share
///   inside the device is used in turn, so their results are those of each alone.
public protocol Device: AnyObject, Sendable {
    /// Human-readable name, for example `AMD EPYC (OpenBLAS, AVX-512)`.
    var name: String { get }

    /// The identifier that selects this device on the command line: `cpu` or `opencl:P.D`.
    var identifier: String { get }

    /// What kind of hardware this is.
    var kind: DeviceKind { get }

    /// Bytes of memory the device can address in total.
    var memoryBytes: Int { get }

    /// Takes memory for `count` elements from the device's pool; callers use `allocate`.
    func makeStorage(_ count: Int) throws(DeviceError) -> DeviceStorage

    /// Copies host memory into a slice of the same size; callers use `upload`.
    func write(_ source: UnsafeRawBufferPointer, to destination: TransferSlice) throws(DeviceError)

    /// Waits for all issued work, then copies a slice into host memory of the same size; callers use `download`.
    func read(_ source: TransferSlice, into destination: UnsafeMutableRawBufferPointer)
        throws(DeviceError)

    /// Waits until all issued work is finished.
    func synchronize() throws(DeviceError)

    /// Counters of the buffer pool.
    var poolStatistics: PoolStatistics { get }

    /// Releases memory that the pool keeps for reuse.
    func trimPool()

    // Primitives. Operations have been checked when they arrive here; callers use the operations' own methods.

    /// Runs `Device.fill`.
    func run(_ o: DeviceOperation.Fill) throws(DeviceError)
    /// Runs `Device.unary`.
    func run(_ o: DeviceOperation.Unary) throws(DeviceError)
    /// Runs `Device.unaryBackward`.
    func run(_ o: DeviceOperation.UnaryBackward) throws(DeviceError)
    /// Runs `Device.binary`.
    func run(_ o: DeviceOperation.Binary) throws(DeviceError)
    /// Runs `Device.binaryBroadcast`.
    func run(_ o: DeviceOperation.BinaryBroadcast) throws(DeviceError)
    /// Runs `Device.select`.
    func run(_ o: DeviceOperation.Select) throws(DeviceError)
    /// Runs `Device.affine`.
    func run(_ o: DeviceOperation.Affine) throws(DeviceError)
    /// Runs `Device.axpy`.
    func run(_ o: DeviceOperation.Axpy) throws(DeviceError)
    /// Runs `Device.copy`.
    func run(_ o: DeviceOperation.Copy) throws(DeviceError)
    /// Runs `Device.copyStrided`.
    func run(_ o: DeviceOperation.CopyStrided) throws(DeviceError)
    /// Runs `Device.gatherRows`.
    func run(_ o: DeviceOperation.GatherRows) throws(DeviceError)
    /// Runs `Device.scatterAddRows`.
    func run(_ o: DeviceOperation.ScatterAddRows) throws(DeviceError)
    /// Runs `Device.neighbours`.
    func run(_ o: DeviceOperation.Neighbours) throws(DeviceError)
    /// Runs `Device.neighboursBackward`.
    func run(_ o: DeviceOperation.NeighboursBackward) throws(DeviceError)
    /// Runs `Device.reduce`.
    func run(_ o: DeviceOperation.Reduce) throws(DeviceError)
    /// Runs `Device.argumentReduce`.
    func run(_ o: DeviceOperation.ArgumentReduce) throws(DeviceError)
    /// Runs `Device.topK`.
    func run(_ o: DeviceOperation.TopK) throws(DeviceError)
    /// Runs `Device.countAtLeast`.
    func run(_ o: DeviceOperation.CountAtLeast) throws(DeviceError)
    /// Runs `Device.matmul`.
    func run(_ o: DeviceOperation.Matmul) throws(DeviceError)
    /// Runs `Device.dropout`.
    func run(_ o: DeviceOperation.Dropout) throws(DeviceError)
    /// Runs `Device.randomUniform`.
    func run(_ o: DeviceOperation.RandomUniform) throws(DeviceError)

    // Fused operations: by default a sequence of primitives.

    /// Runs `Device.softmax`.
    func run(_ o: DeviceOperation.Softmax) throws(DeviceError)
    /// Runs `Device.softmaxBackward`.
    func run(_ o: DeviceOperation.SoftmaxBackward) throws(DeviceError)
    /// Runs `Device.softmaxCrossEntropy`.
    func run(_ o: DeviceOperation.SoftmaxCrossEntropy) throws(DeviceError)
    /// Runs `Device.layerNorm`.
    func run(_ o: DeviceOperation.LayerNorm) throws(DeviceError)
    /// Runs `Device.layerNormBackward`.
    func run(_ o: DeviceOperation.LayerNormBackward) throws(DeviceError)
    /// Runs `Device.rmsNorm`.
    func run(_ o: DeviceOperation.RMSNorm) throws(DeviceError)
    /// Runs `Device.rmsNormBackward`.
    func run(_ o: DeviceOperation.RMSNormBackward) throws(DeviceError)
    /// Runs `Device.attention`.
    func run(_ o: DeviceOperation.Attention) throws(DeviceError)
    /// Runs `Device.attentionBackward`.
    func run(_ o: DeviceOperation.AttentionBackward) throws(DeviceError)
    /// Runs `Device.l2Normalize`.
    func run(_ o: DeviceOperation.L2Normalize) throws(DeviceError)
    /// Runs `Device.l2NormalizeBackward`.
    func run(_ o: DeviceOperation.L2NormalizeBackward) throws(DeviceError)
    /// Runs `Device.gruForward`.
    func run(_ o: DeviceOperation.GRUForward) throws(DeviceError)
    /// Runs `Device.gruBackward`.
    func run(_ o: DeviceOperation.GRUBackward) throws(DeviceError)
    /// Runs `Device.lstmForward`.
    func run(_ o: DeviceOperation.LSTMForward) throws(DeviceError)
    /// Runs `Device.lstmBackward`.
    func run(_ o: DeviceOperation.LSTMBackward) throws(DeviceError)
    /// Runs `Device.adam`.
    func run(_ o: DeviceOperation.Adam) throws(DeviceError)
    /// Runs `Device.sgd`.
    func run(_ o: DeviceOperation.SGD) throws(DeviceError)
    /// Runs `Device.clipScale`.
    func run(_ o: DeviceOperation.ClipScale) throws(DeviceError)
}

/// The kinds of hardware a device can be.
public enum DeviceKind: String, Sendable, Codable {
    /// The host processor.
    case cpu
    /// A graphics processor.
    case gpu
    /// Any other accelerator.
    case accelerator
}
