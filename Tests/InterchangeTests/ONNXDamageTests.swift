import TandemBasics
import TandemDevices
import Testing

@testable import TandemInterchange

/// Damaged files give a typed error or a model, never a crash and never much memory.
@Suite struct ONNXDamageTests {
    /// Reads and, where that succeeds, writes and computes; whether a model came out.
    private func reads(_ bytes: [UInt8], on device: any Device) throws -> Bool {
        let model: ONNXModel
        do throws(ONNXProblem) { model = try ONNXModel(encoded: bytes) } catch { return false }
        #expect(model.encoded().count <= 2 * bytes.count + 100)
        let width = model.inputShape?.reduce(1, *) ?? 5
        let outputs = model.outputShape?.reduce(1, *) ?? 1
        guard width < 100 else { return true }
        do {
            let rows = [Float](repeating: 0.5, count: 3 * width)
            let found = try model.predictVectors(rows, count: 3, on: device)
            #expect(found.count == 3 * outputs)
        } catch is ONNXProblem { return true }
        return true
    }

    @Test(arguments: TestModels.goldenNames) func truncation(name: String) throws {
        let device = try CPUDevice(threads: 1)
        let bytes = try TestModels.goldenBytes(name)
        for length in 0..<bytes.count {
            let isModel = try reads(Array(bytes[..<length]), on: device)
            // A cut between two fields after the graph leaves a shorter, well-formed file.
            if length < bytes.count / 2 { #expect(!isModel) }
        }
    }

    @Test(arguments: TestModels.goldenNames) func everyBitFlipped(name: String) throws {
        let device = try CPUDevice(threads: 1)
        let bytes = try TestModels.goldenBytes(name)
        var models = 0
        for place in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[place] ^= 1 << bit
                models += try reads(damaged, on: device) ? 1 : 0
            }
        }
        // Weights may be anything; damage to sizes, types and structure must be found.
        #expect(models > 8 * 300 && models < 8 * bytes.count - 300)
    }

    @Test func randomDamage() throws {
        let device = try CPUDevice(threads: 1)
        let bytes = try TestModels.goldenBytes("feed-forward-operators")
        var random = Philox(RandomStream(seed: 5, identifier: 0))
        func place() -> Int { Int(random.nextInteger(below: UInt32(bytes.count))) }
        for _ in 0..<4_000 {
            var damaged = bytes
            let (from, count) = (place(), 1 + place() % 40)
            let piece = damaged[from..<min(from + count, bytes.count)]
            switch random.nextInteger(below: 3) {
            case 0: damaged.removeSubrange(piece.indices)
            case 1: damaged.insert(contentsOf: piece, at: place())
            default:
                for index in piece.indices {
                    damaged[index] = UInt8(truncatingIfNeeded: random.nextWord())
                }
            }
            _ = try reads(damaged, on: device)
        }
    }

    private func problem(_ body: (inout WireWriter) -> Void) -> ONNXProblem? {
        var writer = WireWriter()
        writer.integer(1, 8)
        writer.message(7) { graph in graph.message(5, body) }
        do throws(ONNXProblem) {
            _ = try ONNXModel(encoded: writer.bytes)
            return nil
        } catch { return error }
    }

    @Test func constantsThatCannotBe() {
        #expect(
            problem {
                $0.integer(1, 3)
                $0.integer(2, 1)
                $0.text(8, "w")
                $0.elements(9, [Float(1), 2])
            } == .elementCount(tensor: "w", shape: [3], expected: 3, found: 2))
        #expect(
            problem {
                for _ in 0..<3 { $0.integer(1, 1 << 40) }
                $0.text(8, "w")
            } == .impossibleShape(tensor: "w", shape: [1 << 40, 1 << 40, 1 << 40]))
        #expect(
            problem {
                $0.integer(1, -1)
                $0.text(8, "w")
            } == .impossibleShape(tensor: "w", shape: [-1]))
        #expect(
            problem {
                for _ in 0..<7 { $0.integer(1, 1) }
            } == .impossibleShape(tensor: "", shape: [1, 1, 1, 1, 1, 1, 1]))
        #expect(
            problem {
                $0.integer(2, 10)
                $0.text(8, "w")
            }
                == .unsupportedType(
                    value: "w", type: "FLOAT16", supported: "FLOAT and INT64"))
        #expect(
            problem {
                $0.integer(2, 1)
                $0.text(8, "w")
                $0.integer(14, 1)
            } == .externalData(tensor: "w"))
        #expect(
            problem {
                $0.integer(2, 1)
                $0.text(8, "w")
                $0.bytes(9, [1, 2, 3])
            } == .rawBytes(tensor: "w", count: 3, width: 4))
    }

    @Test func otherFilesAreNotModels() {
        let files: [[UInt8]] = [
            [], Array("{\"a\": 1}".utf8), [0x93] + Array("NUMPY".utf8),
            [UInt8](repeating: 0xFF, count: 64), [UInt8](repeating: 0, count: 64),
        ]
        for bytes in files {
            #expect(throws: ONNXProblem.self) { try ONNXModel(encoded: bytes) }
        }
    }

    @Test func namesThatOccurTwice() {
        var writer = WireWriter()
        writer.integer(1, 8)
        writer.message(7) { graph in
            for _ in 0..<2 {
                graph.message(1) { ONNXNode("Relu", ["x"], to: "y").write(to: &$0) }
            }
        }
        #expect(throws: ONNXProblem.duplicateName(kind: "value", name: "y")) {
            try ONNXModel(encoded: writer.bytes)
        }
    }
}
