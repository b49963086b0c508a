import TandemNetworks
import TandemTensors

import Glibc

/// A memory of slots `[M, d]`, read by the similarity of a query to every slot.
///
/// `u = n(query(q))`, `w = softmax(beta * u n(slots)^T)`, result `w slots`, where n brings rows to unit length. In mode
/// `original` the slots are a buffer, beta is 1, and every training batch writes after its backward pass: with
/// `w = softmax(write_gate(q))` it sets `slots = 0.9 slots + 0.1 outer(mean of w, mean of v)`. In mode `learned` slots and the
/// logarithm of beta are parameters, and nothing is written.
final class SlotMemory: Module {
    private static let decay: Float = 0.9
    /// The sharpness that training begins with.
    private static let initialSharpness: Float = 10

    let query: Linear
    private let gate: Linear?
    private let written: Buffer?
    private let learned: (slots: Parameter, sharpness: Parameter)?

    /// A memory of `slots` slots of `features` elements, for queries of `hidden` elements.
    init(
        features: Int, hidden: Int, slots: Int, mode: SequenceModelConfiguration.Memory
    ) {
        query = Linear(hidden, features)
        switch mode {
        case .original:
            gate = Linear(hidden, slots)
            written = Buffer([slots, features], .normal(deviation: 0.01))
            learned = nil
        case .learned:
            gate = nil
            written = nil
            let deviation = 1 / Float(max(1, features)).squareRoot()
            learned = (
                Parameter([slots, features], .normal(deviation: deviation)),
                Parameter([1], .constant(log(Self.initialSharpness)))
            )
        }
    }

    /// `slots` and `sharpness`, the logarithm of beta, in mode `learned`.
    var parameters: [(name: String, parameter: Parameter)] {
        learned.map { [("slots", $0.slots), ("sharpness", $0.sharpness)] } ?? []
    }

    /// `slots` in mode `original`.
    var buffers: [(name: String, buffer: Buffer)] { written.map { [("slots", $0)] } ?? [] }

    /// `query`, and in mode `original` `write_gate`.
    var submodules: [(name: String, module: any Module)] {
        [("query", query)] + (gate.map { [("write_gate", $0)] } ?? [])
    }

    /// The memory as one pass sees it; its rows are normalised once however often it is read.
    func opened(_ pass: ForwardContext) throws -> OpenMemory {
        let slots = try learned.map { try pass.tensor($0.slots) } ?? pass.tensor(slotsBuffer())
        return OpenMemory(
            slots: slots, rows: try slots.l2Normalized(),
            sharpness: try learned.map { try pass.tensor($0.sharpness).exponential() },
            bias: try query.bias.map { try pass.tensor($0) })
    }

    /// What the query h `[B, H]` finds, `[B, d]`.
    func read(_ h: Tensor, _ memory: OpenMemory, _ pass: ForwardContext) throws -> Tensor {
        try memory.read(query(h, pass))
    }

    /// Writes the mean of the values `[B, d]` once the pass is over, in mode `original` and in training only.
    func write(_ values: Tensor, at h: Tensor, _ pass: ForwardContext) {
        guard let gate, let written, let bias = gate.bias else { return }
        let (values, h) = (values.detached, h.detached)
        pass.afterBackward {
            let weights = try h.linear(weight: gate.weight.value, bias: bias.value).softmax()
            let slots = try weights.mean(axis: 0, keepingAxis: true)
                .matmul(
                    values.mean(axis: 0, keepingAxis: true) * (1 - Self.decay), transposeLeft: true)
            try written.replace(with: try written.value * Self.decay + slots)
        }
    }

    private func slotsBuffer() throws -> Buffer {
        guard let written else {
            throw NetworkError.invalidArgument(where: "SlotMemory", detail: "it has no slots")
        }
        return written
    }
}

/// A memory during one forward pass.
struct OpenMemory {
    /// `[M, d]`.
    let slots: Tensor
    /// The slots at unit length.
    let rows: Tensor
    /// Beta, `[1]`; 1 where there is none.
    let sharpness: Tensor?
    /// The query's bias, which is all that the query zero leaves of it.
    let bias: Tensor?

    /// The weights `[B, M]` of the slots for queries `[B, d]` of any length.
    func weights(_ query: Tensor) throws -> Tensor {
        let scores = try query.l2Normalized().matmul(rows, transposeRight: true)
        return try (sharpness.map { try scores * $0 } ?? scores).softmax()
    }

    /// What queries `[B, d]` of any length find, `[B, d]`.
    func read(_ query: Tensor) throws -> Tensor { try weights(query).matmul(slots) }

    /// What the query zero finds, `[1, d]`: one vector for all windows.
    func readZero() throws -> Tensor {
        guard let bias else { return try slots.mean(axis: 0, keepingAxis: true) }
        return try read(bias.reshaped([1, bias.count]))
    }
}
