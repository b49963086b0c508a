import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

@testable import TandemRecipes

/// Segments of the recursive core against PyTorch: states, logits and all gradients.
@Suite(.exclusiveDevices) struct GoldenGiftCoreTests {
    /// The sizes of the golden file's small case.
    static var smallSizes: RecursiveCore.Sizes {
        var sizes = RecursiveCore.Sizes()
        sizes.vocabulary = 40
        sizes.positions = 6
        sizes.features = 32
        sizes.layers = 2
        sizes.heads = 4
        sizes.hidden = 256
        sizes.highCycles = 2
        sizes.lowCycles = 2
        return sizes
    }

    /// Two segments, the second from the first one's carry.
    @Test(arguments: TestDevices.all)
    func small(_ target: TestDevice) throws {
        try check("small", RecursiveCore(Self.smallSizes), segments: 2, target.device)
    }

    /// The published sizes; `GiftWholeModelTests` has them on every device.
    @Test func full() throws {
        try check("full", RecursiveCore(), segments: 1, CPUDevice(threads: 2))
    }

    private func check(
        _ name: String, _ core: RecursiveCore, segments: Int, _ device: any Device
    ) throws {
        let file = try GiftGolden("gift-core", name)
        let bench = try GiftBench(file, core, at: "core", on: device)
        let context = bench.context
        let tokens = try file.indices("input.tokens", on: device)
        let sizes = tokens.shape.dimensions
        let inputs =
            try core.embed(tokens, context) + bench.variable("added").insertingAxis(1)
        var carry = try core.start(batch: sizes[0], steps: sizes[1], context)
        var outputs: [(name: String, value: Tensor)] = []
        for segment in 0..<segments {
            let (high, next) = try core.segment(carry, inputs, context)
            carry = next
            #expect(carry.steps == segment + 1 && carry.halted == nil)
            let end = segments == 1 ? "" : ".\(segment)"
            try file.expectForward(carry.high, "carry.high\(end)")
            try file.expectForward(carry.low, "carry.low\(end)")
            outputs += [
                ("high\(end)", high), ("halting\(end)", try core.haltingLogits(high, context)),
                ("token_logits\(end)", try core.tokenLogits(high.select(axis: 1, 0), context)),
            ]
        }
        try bench.check(outputs)
    }
}
