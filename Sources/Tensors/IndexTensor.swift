public import TandemDevices

/// Row numbers (`Int32`) on a device, for gathering and as class targets.
///
/// The host knows the values, or at least their bound, so that operations check them without a transfer.
public struct IndexTensor: Sendable {
    /// What the host knows of the elements.
    enum Contents: Sendable {
        /// All of them, in row-major order.
        case values([Int32])
        /// They are replaced now and then and always lie in `0 ..< bound`.
        case replaceable(bound: Int)
    }

    /// Sizes of the axes.
    public let shape: Shape
    /// The elements on the device.
    public let slice: BufferSlice
    private let contents: Contents

    init(shape: Shape, slice: BufferSlice, contents: Contents) {
        self.shape = shape
        self.slice = slice
        self.contents = contents
    }

    /// Indices with the given values in row-major order; their number must be `shape.count`.
    public init(_ values: [Int32], shape: Shape, on device: any Device) throws {
        guard values.count == shape.count else {
            throw TensorError.invalidArgument(
                operation: "IndexTensor",
                detail: "\(values.count) values given for shape \(shape) of \(shape.count) elements"
            )
        }
        self.init(
            shape: shape, slice: try device.allocate(shape.count).slice, contents: .values(values))
        try device.upload(values, to: slice)
    }

    /// The numbers `0 ..< count`.
    public init(upTo count: Int, on device: any Device) throws {
        try self.init((0..<count).map(Int32.init), shape: [count], on: device)
    }

    /// Number of elements other than `value`; `nil` when it can change with the next replacement.
    public func count(except value: Int32) -> Int? {
        switch contents {
        case .values(let values): values.count { $0 != value }
        case .replaceable(let bound): (0..<bound).contains(Int(value)) ? nil : shape.count
        }
    }

    /// Describes the first element that is, or can become, none of `0 ..< bound`; elements equal to `ignored` may.
    ///
    /// `place` are the words before its place.
    func firstValue(notBelow bound: Int, ignoring ignored: Int32? = nil, _ place: String)
        -> String?
    {
        switch contents {
        case .values(let values):
            let wrong = values.firstIndex { $0 != ignored && ($0 < 0 || $0 >= bound) }
            return wrong.map { "\(values[$0]) \(place) \($0)" }
        case .replaceable(let own):
            return own > bound && shape.count > 0
                ? "\(own - 1), the largest that the IndexBuffer admits," : nil
        }
    }
}
