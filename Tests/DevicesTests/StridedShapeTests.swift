import TandemDevices
import Testing

/// Shapes of strided operations that no memory can hold.
@Suite("Strided shapes")
struct StridedShapeTests {
    private static let large = 1 << 40

    @Test("Sizes whose product overflows are refused by the operation, not by a crash")
    func overflow() throws {
        let device = try CPUDevice(threads: 1)
        let memory = try device.allocate(4).slice
        let large = Self.large
        let shapes = [
            StridedShape.matrix(rows: large, columns: large, vector: .perRow),
            .lines(outer: large, count: large, inner: large),
            try StridedShape(broadcasting: [[large, large], [large]]),
            try StridedShape([large, large, 2], strides: [[.max, .max, 1], [0, 0, 0]]),
        ]
        for shape in shapes {
            #expect(throws: DeviceError.self) {
                try device.binaryBroadcast(.add, left: memory, right: memory, output: memory, shape)
            }
        }
        #expect(throws: DeviceError.self) {
            try device.copyStrided(
                input: memory, output: memory, .permuted([large, large, 2], [1, 0, 2]))
        }
        // Nothing to do is nothing wrong.
        try device.copyStrided(
            input: memory, output: memory, .permuted([large, large, 0], [1, 0, 2]))
    }
}
