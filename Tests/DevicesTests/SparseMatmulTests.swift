import TandemBasics
import TandemDevices
import Testing

/// Products whose left operand is mostly zeros: skipping the zeros changes no bit.
@Suite struct SparseMatmulTests {
    private let m = 33
    private let n = 120
    private let k = 70

    private func filled(_ device: CPUDevice, _ count: Int, _ call: Int) throws -> BufferSlice {
        let slice = try device.allocate(count).slice
        try device.randomUniform(slice, stream: PassStream(seed: 3, call: call).stream(pass: 0))
        try device.affine(input: slice, output: slice, scale: 2, offset: -1)
        return slice
    }

    /// The product by columns `width` at a time; few columns are multiplied in tiles, many by skipping zeros.
    private func product(
        _ device: CPUDevice, _ left: BufferSlice, _ right: BufferSlice, transposeLeft: Bool,
        width: Int
    ) throws -> [Float] {
        var result = [Float](repeating: 0, count: m * n)
        for first in stride(from: 0, to: n, by: width) {
            let count = min(width, n - first)
            let part = try device.allocate(k * count).slice
            try device.copy(
                Region(right, start: first, rowStride: n), to: Region(part, rowStride: count),
                rows: k, columns: count, accumulate: false)
            let output = try device.allocate(m * count).slice
            try device.matmul(
                left: left, right: part, bias: nil, output: output,
                MatmulParameters(m: m, n: count, k: k, transposeLeft: transposeLeft))
            let values = try device.download(output)
            for row in 0..<m {
                for column in 0..<count {
                    result[row * n + first + column] = values[row * count + column]
                }
            }
        }
        return result
    }

    @Test(arguments: [0, 0.3, 0.5, 0.9, 0.99], [false, true])
    func skippingZerosChangesNoBit(_ zeros: Float, _ transposeLeft: Bool) throws {
        let device = try CPUDevice(threads: 1)
        let left = try filled(device, m * k, 1)
        try device.dropout(
            input: left, output: left, probability: zeros,
            stream: PassStream(seed: 3, call: 3).stream(pass: 0))
        let right = try filled(device, k * n, 2)
        let whole = try product(device, left, right, transposeLeft: transposeLeft, width: n)
        let parts = try product(device, left, right, transposeLeft: transposeLeft, width: 40)
        #expect(whole.map(\.bitPattern) == parts.map(\.bitPattern))
        #expect(whole.contains { $0 != 0 })
    }
}
