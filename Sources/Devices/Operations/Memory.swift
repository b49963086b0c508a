/// Allocation, transfer and filling of device memory.
public protocol MemoryOperations {
    /// Takes a buffer of `count` elements (0 is allowed) from the device's pool; contents undefined.
    ///
    /// Throws `outOfMemory` when the device has no more, `invalidArgument` for a negative count.
    func allocate(_ count: Int) throws(DeviceError) -> DeviceBuffer

    /// Copies host memory into `destination`; `source` may be reused as soon as the call returns.
    /// Throws `invalidArgument` unless `source` holds `4 * destination.count` bytes.
    func upload(_ source: UnsafeRawBufferPointer, to destination: BufferSlice) throws(DeviceError)

    /// Waits for all issued work, then copies `source` into host memory.
    /// Throws `invalidArgument` unless `destination` holds `4 * source.count` bytes.
    func download(_ source: BufferSlice, to destination: UnsafeMutableRawBufferPointer)
        throws(DeviceError)

    /// Sets every element of `output` to `value`.
    func fill(_ output: BufferSlice, value: Float) throws(DeviceError)

    /// Waits until all issued work is finished.
    func synchronize() throws(DeviceError)

    /// Counters of the buffer pool.
    var poolStatistics: PoolStatistics { get }

    /// Releases memory that the pool keeps for reuse.
    func trimPool()
}

extension MemoryOperations {
    /// Uploads `values` to `destination`, which holds as many elements.
    public func upload(_ values: [Float], to destination: BufferSlice) throws(DeviceError) {
        try upload(elements: values, to: destination)
    }

    /// Uploads `values` to `destination`, which holds as many elements.
    public func upload(_ values: [Int32], to destination: BufferSlice) throws(DeviceError) {
        try upload(elements: values, to: destination)
    }

    private func upload<Element>(elements: [Element], to destination: BufferSlice)
        throws(DeviceError)
    {
        guard elements.count == destination.count else {
            throw .invalidArgument(
                operation: "upload",
                detail: "\(elements.count) values given for \(destination.count) elements")
        }
        try elements.withUnsafeBytes { bytes in
            Result { () throws(DeviceError) in try upload(bytes, to: destination) }
        }.get()
    }

    /// Waits for all issued work and returns the elements of `source` as `Float32`.
    public func download(_ source: BufferSlice) throws(DeviceError) -> [Float] {
        var values = [Float](repeating: 0, count: source.count)
        try values.withUnsafeMutableBytes { bytes in
            Result { () throws(DeviceError) in try download(source, to: bytes) }
        }.get()
        return values
    }

    /// Waits for all issued work and returns the elements of `source` as `Int32`.
    public func downloadIndices(_ source: BufferSlice) throws(DeviceError) -> [Int32] {
        var values = [Int32](repeating: 0, count: source.count)
        try values.withUnsafeMutableBytes { bytes in
            Result { () throws(DeviceError) in try download(source, to: bytes) }
        }.get()
        return values
    }
}

extension BufferSlice {
    /// Throws `invalidArgument` unless host memory of `bytes` bytes holds exactly the elements of this run.
    func requireBytes(_ bytes: Int, _ operation: StaticString) throws(DeviceError) {
        guard bytes == 4 * count else {
            throw .invalidArgument(
                operation: "\(operation)",
                detail: "\(bytes) bytes of host memory for \(count) elements of 4 bytes")
        }
    }
}
