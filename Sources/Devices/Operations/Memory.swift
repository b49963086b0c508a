extension DeviceOperation {
    /// The operands of `Device.fill`.
    public struct Fill: OperationPayload {
        package var output: BufferSlice
        package let value: Float

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            try operands.take(&output, "output", output.count)
        }
    }
}

extension Device {
    /// Sets every element of `output` to `value`.
    public func fill(_ output: BufferSlice, value: Float) throws(DeviceError) {
        try issue(DeviceOperation.Fill(output: output, value: value))
    }
}

/// A slice that `upload` and `download` have checked: it belongs to the device and has the size of the host's memory.
public struct TransferSlice: Sendable {
    package let slice: BufferSlice
}

/// Allocation and transfer of device memory.
extension Device {
    /// Takes a buffer of `count` elements (0 is allowed) from the device's pool; contents undefined.
    ///
    /// Throws `outOfMemory` when the device has no more, `invalidArgument` for a negative count. While the calling thread records,
    /// the memory is the recording's.
    public func allocate(_ count: Int) throws(DeviceError) -> DeviceBuffer {
        guard count >= 0, count <= Int.max / 8 else {
            throw .invalidArgument(operation: "allocate", detail: "\(count) elements")
        }
        if let recorder = Recorder.current { return try recorder.allocate(count, on: self) }
        return DeviceBuffer(count: count, device: self, storage: try makeStorage(count))
    }

    /// Copies host memory into `destination`; `source` may be reused as soon as the call returns.
    ///
    /// Throws `invalidArgument` unless `source` holds `4 * destination.count` bytes, `notRecordable` in a recording.
    public func upload(_ source: UnsafeRawBufferPointer, to destination: BufferSlice)
        throws(DeviceError)
    {
        try requireTransfer("upload", destination, bytes: source.count)
        try Recorder.refuse(
            "upload",
            "the values from the host would be the same at every replay; upload them to fixed "
                + "memory before the step, or make a constant with Tensor(repeating:)")
        try write(source, to: TransferSlice(slice: destination))
    }

    /// Waits for all issued work, then copies `source` into host memory.
    ///
    /// Throws `invalidArgument` unless `destination` holds `4 * source.count` bytes, `notRecordable` in a recording.
    public func download(_ source: BufferSlice, to destination: UnsafeMutableRawBufferPointer)
        throws(DeviceError)
    {
        try requireTransfer("download", source, bytes: destination.count)
        try Recorder.refuse(
            "download",
            "what the host decides from the values would be the same at every replay; read them "
                + "after the step")
        try read(TransferSlice(slice: source), into: destination)
    }

    private func requireTransfer(_ name: String, _ slice: BufferSlice, bytes: Int)
        throws(DeviceError)
    {
        try requireOwn(slice, name)
        guard bytes == 4 * slice.count else {
            throw .invalidArgument(
                operation: name,
                detail: "\(bytes) bytes of host memory for \(slice.count) elements of 4 bytes")
        }
    }
}

extension Device {
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
