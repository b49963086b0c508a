import TandemBasics
import TandemDevices
import TandemTensors
import TandemTestSupport
import Testing

/// Arguments that no operation can use are refused with an error that says why; none ends the program.
@Suite(.exclusiveDevices) struct ArgumentTests {
    struct Wrong: Sendable, CustomStringConvertible {
        let description: String
        let call: @Sendable (Tensor) throws -> Any

        init(_ reason: String, _ call: @escaping @Sendable (Tensor) throws -> Any) {
            description = reason
            self.call = call
        }
    }

    private static let stream = RandomStream(seed: 1, identifier: 2)

    /// Called with a tensor of shape `[2, 3]`; the text is part of the error's.
    static let shapes: [Wrong] = [
        Wrong("7 axes") { try Tensor.zeros([1, 1, 1, 1, 1, 1, 1], on: $0.device) },
        Wrong("negative size") { try Tensor([], shape: [-1], on: $0.device) },
        Wrong("negative size") { try Tensor(uninitialized: [2, -3], on: $0.device) },
        Wrong("more elements than") { try Tensor.zeros([.max, .max], on: $0.device) },
        Wrong("more elements than") { try Tensor.zeros([0, 1 << 62, 4], on: $0.device) },
        // The plain device of the tests takes its memory from the Swift runtime, which ends the program.
        Wrong("out of memory") {
            let isPlain = $0.device.identifier == "plain"
            return try Tensor.zeros([1 << 46], on: isPlain ? CPUDevice(threads: 1) : $0.device)
        },
        Wrong("negative size") { try IndexTensor([], shape: [-1], on: $0.device) },
        Wrong("up to -1") { try IndexTensor(upTo: -1, on: $0.device) },
        Wrong("up to \(Int.max)") { try IndexTensor(upTo: .max, on: $0.device) },
        Wrong("6 elements for the shape [2, 2], which has 4") {
            try Tensor(shape: [2, 2], slice: $0.slice)
        },
        Wrong("negative size") { try Tensor(shape: [-2, -3], slice: $0.slice) },
        Wrong("must be equal") { try $0.reshaped([7]) },
        Wrong("at most one size may be -1") { try $0.reshaped([-1, -1]) },
        Wrong("at most one size may be -1") { try $0.reshaped([4, -1]) },
        Wrong("at most one size may be -1") { try $0.reshaped([0, -1]) },
        Wrong("at most one size may be -1") { try $0.reshaped([-2]) },
        Wrong("more elements than") { try $0.reshaped([.max, .max]) },
        Wrong("at most one size may be -1") { try $0.reshaped([-1, .max, .max]) },
        Wrong("7 axes") { try $0.reshaped([1, 1, 1, 1, 1, 2, 3]) },
        Wrong("has size 2, not 1") { try $0.removingAxis(0) },
        Wrong("axis 2 is outside") { try $0.removingAxis(2) },
        Wrong("no axis 4") { try $0.insertingAxis(4) },
        Wrong("no axis -4") { try $0.insertingAxis(-4) },
        Wrong("7 axes") { try $0.reshaped([1, 1, 1, 1, 2, 3]).insertingAxis(0) },
        Wrong("axis 2 is outside") { try $0.transposed(0, 2) },
        Wrong("axis -3 is outside") { try $0.transposed(-3, 0) },
        Wrong("axis -2 is outside") { try $0.reshaped([6]).transposed() },
        Wrong("named twice") { try $0.permuted(0, -2) },
        Wrong("axis 2 is outside") { try $0.permuted(0, 2) },
        Wrong("name each of its 2 axes once") { try $0.permuted(0) },
        Wrong("must be that of the target or 1") { try $0.expanded(to: [2, 4]) },
        Wrong("must be that of the target or 1") { try $0.expanded(to: [3]) },
        Wrong("7 axes") { try $0.expanded(to: [1, 1, 1, 1, 1, 2, 3]) },
        Wrong("negative size") { try $0.expanded(to: [-1, 2, 3]) },
    ]

    static let elements: [Wrong] = [
        Wrong("outside the shape [2, 3]") { try $0.slice(axis: 1, 2..<4) },
        Wrong("axis 2 is outside") { try $0.slice(axis: 2, 0..<1) },
        Wrong("the range -1..<1") { try $0.slice(axis: 1, -1..<1) },
        Wrong("outside the shape") { try $0.slice(axis: 1, 0..<Int.max) },
        Wrong("element 2 of axis 0") { try $0.select(axis: 0, 2) },
        Wrong("element -3 of axis 0") { try $0.select(axis: 0, -3) },
        Wrong("axis -3 is outside") { try $0.select(axis: -3, 0) },
        Wrong("index 2 is outside an axis of size 2") { try $0[2] },
        Wrong("is outside an axis of size 3") { try $0[0, -4] },
        Wrong("is outside an axis of size 3") { try $0[0, 1..<4] },
        Wrong("is outside an axis of size 3") { try $0[0, 1...3] },
        Wrong("is outside an axis of size 3") { try $0[0, 0...Int.max] },
        Wrong("is outside an axis of size 3") { try $0[0, Int.min...] },
        Wrong("is outside an axis of size 3") { try $0[0, ...Int.max] },
        Wrong("is outside an axis of size 3") { try $0[0, ..<4] },
        Wrong("is outside an axis of size 3") { try $0[0..., -1..<1] },
        Wrong("3 indices for the shape [2, 3]") { try $0[0, 0, 0] },
        Wrong("has 6 elements, not one") { try $0.item() },
        Wrong("needs at least one tensor") { _ in try Tensor.concatenate([]) },
        Wrong("axis 2 is outside") { try Tensor.concatenate([$0], axis: 2) },
        Wrong("all axes but axis 0") { try Tensor.concatenate([$0, $0.reshaped([3, 2])]) },
        Wrong("needs at least one tensor") { _ in try Tensor.stack([]) },
        Wrong("need the same shape") { try Tensor.stack([$0, $0.reshaped([3, 2])]) },
        Wrong("no axis 3") { try Tensor.stack([$0], axis: 3) },
        Wrong("do not add up") { try $0.split(sizes: [1, 3], axis: 1) },
        Wrong("do not add up") { try $0.split(sizes: [4, -1], axis: 1) },
        Wrong("do not add up") { try $0.split(sizes: [.max, .max], axis: 1) },
        Wrong("into 2 equal parts") { try $0.split(into: 2, axis: 1) },
        Wrong("into 0 equal parts") { try $0.split(into: 0) },
        Wrong("outside axis 0") {
            try $0.gather(try IndexTensor([0, 2], shape: [2], on: $0.device))
        },
        Wrong("outside axis 1") {
            try $0.gather(try IndexTensor([3], shape: [1], on: $0.device), axis: -1)
        },
        Wrong("axis 0 is outside") {
            try Tensor(1, on: $0.device)
                .gather(try IndexTensor([0], shape: [1], on: $0.device))
        },
        Wrong("outside axis 0") {
            try $0.gatherElements(
                try IndexTensor([0, -1, 1], shape: [1, 3], on: $0.device), axis: 0)
        },
        Wrong("all axes but axis 0") {
            try $0.gatherElements(try IndexTensor([0], shape: [1, 1], on: $0.device), axis: 0)
        },
    ]

    static let reductions: [Wrong] = [
        Wrong("axis 2 is outside") { try $0.sum(axes: [0, 2]) },
        Wrong("named twice") { try $0.mean(axes: [1, -1]) },
        Wrong("0 elements along the axes [0]") { try $0.slice(axis: 0, 0..<0).mean(axis: 0) },
        Wrong("it needs at least 1") { try $0.slice(axis: 0, 0..<0).mean() },
        Wrong("maximum: 0 elements") { try $0.slice(axis: 1, 0..<0).maximum(axis: 1) },
        Wrong("minimum: 0 elements") { try $0.slice(axis: 1, 0..<0).minimum() },
        Wrong("argmax: 0 elements") { try $0.slice(axis: 1, 0..<0).argmax() },
        Wrong("axis 2 is outside") { try $0.argmin(axis: 2) },
        Wrong("axis -3 is outside") { try $0.softmax(axis: -3) },
        Wrong("axis 2 is outside") { try $0.logSoftmax(axis: 2) },
        Wrong("equal: shapes [2, 3] and [2]") { try $0 .== $0.sum(axis: 1) },
        Wrong("where: shapes [2, 3] and [2] and [2, 3]") {
            try Tensor.where($0, $0.sum(axis: 1), $0)
        },
        Wrong("power: shapes") { try $0.power($0.transposed()) },
        Wrong("into 2 heads of equal width") { try $0.attention(key: $0, value: $0, heads: 2) },
        Wrong("into 0 heads") { try $0.attention(key: $0, value: $0, heads: 0) },
        Wrong("needs key and value") { try $0.attention(key: $0.transposed(), value: $0) },
        Wrong("needs key and value") { try $0[0].attention(key: $0[0], value: $0[0]) },
        Wrong("must spread over the scores") { try $0.attention(key: $0, value: $0, mask: $0) },
        Wrong("the mask was recorded") {
            try $0.attention(key: $0, value: $0, mask: Tape().variable($0[0..., 0..<2]))
        },
        Wrong("one element per column") { try $0.rmsNorm(gamma: $0) },
        Wrong("it needs at least 2") {
            try $0.slice(axis: 0, 0..<1).variance(axes: [0], isUnbiased: true)
        },
    ]

    static let makers: [Wrong] = [
        Wrong("of 2 and of 1 elements") { try Tensor([[1, 2], [3]], on: $0.device) },
        Wrong("of 1 and of 2 elements") { try Tensor([[[1]], [[3, 4]]], on: $0.device) },
        Wrong("the step must lead to the end") {
            try Tensor.arange(to: 3, by: 0, on: $0.device)
        },
        Wrong("the step must lead to the end") {
            try Tensor.arange(to: -3, on: $0.device)
        },
        Wrong("the step must lead to the end") { try Tensor.arange(to: .infinity, on: $0.device) },
        Wrong("the step must lead to the end") { try Tensor.arange(to: .nan, on: $0.device) },
        Wrong("negative size") { try Tensor.identity(-1, on: $0.device) },
        Wrong("more elements than") { try Tensor.identity(.max, on: $0.device) },
        Wrong("negative size") { try Tensor.normal([-1], stream: stream, on: $0.device) },
        Wrong("7 axes") {
            try Tensor.uniform([1, 1, 1, 1, 1, 1, 1], stream: stream, on: $0.device)
        },
        Wrong("at least two axes") { try $0.matmul($0.reshaped([6])) },
        Wrong("inner dimensions") { try $0.matmul($0) },
        Wrong("equal or 1") {
            try $0.expanded(to: [3, 2, 3]).matmul($0.expanded(to: [2, 2, 3]), transposeRight: true)
        },
    ]

    @Test(arguments: TestDevices.all, shapes + elements)
    func isRefused(_ target: TestDevice, _ wrong: Wrong) throws { try check(target, wrong) }

    @Test(arguments: TestDevices.all, reductions + makers)
    func isRefusedToo(_ target: TestDevice, _ wrong: Wrong) throws { try check(target, wrong) }

    private func check(_ target: TestDevice, _ wrong: Wrong) throws {
        let x = try Tensor([[0, 1, 2], [3, 4, 5]], on: target.device)
        do {
            let result = try wrong.call(x)
            Issue.record("no error; \(result)")
        } catch {
            #expect("\(error)".contains(wrong.description), "\(error)")
            #expect(error is TensorError || error is DeviceError)
        }
    }
}
