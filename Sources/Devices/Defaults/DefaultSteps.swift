/// Steps that several of the default implementations are made of.
extension Device {
    /// A new slice of `count` zeros.
    func zeros(_ count: Int) throws(DeviceError) -> BufferSlice {
        let slice = try allocate(count).slice
        try fill(slice, value: 0)
        return slice
    }

    /// The slice that was given, or a new one of `count` elements.
    func given(_ slice: BufferSlice?, orNew count: Int) throws(DeviceError) -> BufferSlice {
        if let slice { slice } else { try allocate(count).slice }
    }

    /// The slice that was given, or a new one of `count` zeros.
    func given(_ slice: BufferSlice?, orZeros count: Int) throws(DeviceError) -> BufferSlice {
        if let slice { slice } else { try zeros(count) }
    }

    /// `output[i] = input[i]`, as many as the output holds.
    func copy(_ input: BufferSlice, to output: BufferSlice) throws(DeviceError) {
        try affine(input: input, output: output, scale: 1, offset: 0)
    }

    /// `sums[r] = scale * sum_c input[r, c]`.
    func sumRows(
        _ input: BufferSlice, to sums: BufferSlice, rows: Int, columns: Int, scale: Float = 1
    ) throws(DeviceError) {
        try reduce(
            .sum, input: input, output: sums, outer: rows, count: columns, inner: 1, scale: scale,
            accumulate: false)
    }

    /// `sums[c] += sum_r input[r, c]`.
    func addColumnSums(_ input: BufferSlice, to sums: BufferSlice, rows: Int, columns: Int)
        throws(DeviceError)
    {
        try reduce(
            .sum, input: input, output: sums, outer: 1, count: rows, inner: columns, scale: 1,
            accumulate: true)
    }

    /// `dots[r] = scale * sum_c left[r, c] * right[r, c]`.
    func rowDots(
        _ left: BufferSlice, _ right: BufferSlice, to dots: BufferSlice, rows: Int, columns: Int,
        scale: Float = 1
    ) throws(DeviceError) {
        let products = try allocate(rows * columns).slice
        try binary(.multiply, left: left, right: right, output: products)
        try sumRows(products, to: dots, rows: rows, columns: columns, scale: scale)
    }
}
