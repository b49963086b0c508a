/// A place where tensors live and operations run: the vocabulary that everything above speaks.
///
/// A device is the sum of small families of operations, each in its own file under `Operations/`. The element-wise,
/// movement, reduction, matmul and random families are primitives that every device implements; the normalisation,
/// attention, recurrent and optimiser families are fused operations with a default implementation made of primitives, so that a new
/// device works before it is fast.
///
/// Conventions that hold for every operation:
/// - Elements are 4 bytes wide: `Float32` values, `Int32` indices. Arrays are contiguous and row-major.
/// - Outputs are written into slices that the caller supplies. An output may alias an input only where the
///   documentation says so ("in place").
/// - Sizes were checked by the caller (the tensor layer checks once); a device checks only that a slice is its own.
/// - Work is issued in order. An operation may return before it ran; `download` and `synchronize` wait.
/// - Results are deterministic: the same calls on the same device give the same bits. Sums run in a fixed order that
///   does not depend on the number of threads.
/// - Everything throws `DeviceError` when the device itself fails (out of memory, driver errors).
/// - One thread at a time issues work to a device; buffers may be released on any thread.
public protocol Device: AnyObject, Sendable, MemoryOperations, ElementWiseOperations,
    MovementOperations, ReductionOperations, MatmulOperations, RandomOperations,
    NormalizationOperations, AttentionOperations, RecurrentOperations, OptimizerOperations
{
    /// Human-readable name, for example `AMD EPYC (OpenBLAS, AVX-512)`.
    var name: String { get }

    /// The identifier that selects this device on the command line: `cpu` or `opencl:P.D`.
    var identifier: String { get }

    /// What kind of hardware this is.
    var kind: DeviceKind { get }

    /// Bytes of memory the device can address in total.
    var memoryBytes: Int { get }
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
