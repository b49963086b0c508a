import TandemBasics
import TandemDevices
import TandemTensors
import TandemTestSupport
import Testing

/// Tensors made from numbers, and numbers printed from tensors.
@Suite(.exclusiveDevices) struct CreationTests {
    @Test(arguments: TestDevices.all)
    func fromNestedLists(_ target: TestDevice) throws {
        let device = target.device
        let matrix = try Tensor([[1, 2, 3], [4, 5, 6]], on: device)
        #expect(matrix.shape == [2, 3])
        #expect(try matrix.values() == [1, 2, 3, 4, 5, 6])
        let deep = try Tensor([[[1, 2]], [[3, 4.5]]], on: device)
        #expect(deep.shape == [2, 1, 2])
        #expect(try deep.values() == [1, 2, 3, 4.5])
        #expect(try Tensor([7, 8], on: device).shape == [2])
        #expect(try Tensor(2.5, on: device).item() == 2.5)
        #expect(try Tensor([[], []] as [[Float]], on: device).shape == [2, 0])
    }

    @Test(arguments: TestDevices.all)
    func fromRules(_ target: TestDevice) throws {
        let device = target.device
        #expect(try Tensor.zeros([2, 1], on: device).values() == [0, 0])
        #expect(try Tensor.ones([2], on: device).values() == [1, 1])
        #expect(try Tensor.arange(to: 3, on: device).values() == [0, 1, 2])
        #expect(
            try Tensor.arange(from: 1, to: 2.1, by: 0.25, on: device).values()
                == [1, 1.25, 1.5, 1.75, 2])
        #expect(try Tensor.arange(from: 2, to: -1, by: -1, on: device).values() == [2, 1, 0])
        #expect(try Tensor.arange(from: 2, to: 2, on: device).values() == [])
        #expect(try Tensor.identity(2, on: device).values() == [1, 0, 0, 1])
        #expect(try Tensor.identity(0, on: device).shape == [0, 0])
    }

    /// The same stream gives the same numbers everywhere; an odd number of normal ones drops half a pair.
    @Test(arguments: TestDevices.all)
    func fromRandomStreams(_ target: TestDevice) throws {
        let stream = RandomStream(seed: 5, identifier: 6)
        let plain = TestDevices.makePlain()
        let shape: Shape = [3, 7]
        let normal = try Tensor.normal(shape, stream: stream, on: target.device).values()
        #expect(try Tensor.normal(shape, stream: stream, on: plain).values() == normal)
        let moved = try Tensor.normal(
            shape, mean: 10, deviation: 0.5, stream: stream, on: target.device)
        #expect(zip(try moved.values(), normal).allSatisfy { abs($0 - (10 + $1 / 2)) < 1e-5 })
        let uniform = try Tensor.uniform(shape, stream: stream, on: target.device).values()
        #expect(try Tensor.uniform(shape, stream: stream, on: plain).values() == uniform)
        #expect(uniform.allSatisfy { (0..<1).contains($0) } && Set(uniform).count > 15)
        let wide = try Tensor.uniform(
            shape, from: -4, to: 4, stream: stream, on: target.device)
        #expect(zip(try wide.values(), uniform).allSatisfy { abs($0 - (8 * $1 - 4)) < 1e-5 })
    }

    @Test(arguments: TestDevices.all)
    func printsItsElements(_ target: TestDevice) throws {
        let device = target.device
        func text(_ tensor: Tensor) -> String {
            "\(tensor)".split(separator: "\n", maxSplits: 1).last.map(String.init) ?? ""
        }
        let matrix = try Tensor([[1, -2, 30], [4, 5, 6]], on: device)
        #expect(
            "\(matrix)" == """
                Tensor [2, 3] on \(device.identifier)
                [[ 1, -2, 30],
                 [ 4,  5,  6]]
                """)
        #expect(
            text(try matrix / 4) == """
                [[ 0.2500, -0.5000,  7.5000],
                 [ 1.0000,  1.2500,  1.5000]]
                """)
        #expect(text(try Tensor([1e-6, -2.5e7], on: device)) == "[1.0000e-6, -2.5000e7]")
        #expect(text(try Tensor([.nan, .infinity, 1], on: device)) == "[nan, inf,   1]")
        #expect(text(try Tensor(3, on: device)) == "3")
        #expect(text(try Tensor([], shape: [0], on: device)) == "[]")
        #expect(
            text(try matrix.reshaped([2, 1, 3])) == """
                [[[ 1, -2, 30]],

                 [[ 4,  5,  6]]]
                """)
        #expect(
            text(try Tensor.arange(to: 2000, on: device))
                == "[   0,    1,    2, ..., 1997, 1998, 1999]")
        let large = text(try Tensor.arange(to: 40_000, on: device).reshaped([200, 200]))
        #expect(large.split(separator: "\n").count == 7 && large.contains(",\n ...,\n ["))
    }

    /// Inside a recording nothing can be read; printing says so instead of ending the program or the recording.
    @Test(arguments: TestDevices.all)
    func printsWhyItCannotRead(_ target: TestDevice) throws {
        let device = target.device
        let tensor = try Tensor([1, 2], on: device)
        var text = ""
        _ = try device.record(pass: 0) { text = "\(tensor)" }
        #expect(text.contains("Tensor [2] on \(device.identifier); its elements cannot be read"))
    }
}
