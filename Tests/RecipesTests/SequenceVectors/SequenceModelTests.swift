import TandemConfiguration
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

@testable import TandemRecipes

/// Sizes of the networks, and what a configuration says about them.
@Suite struct SequenceModelTests {
    /// The number of parameters of a network and the shapes of its stored buffers.
    private func count(
        _ kind: SequenceModelConfiguration.Kind, features: Int, contextLength: Int,
        _ change: (inout SequenceModelConfiguration) -> Void
    ) -> (parameters: Int, buffers: Int) {
        var configuration = SequenceModelConfiguration(kind)
        change(&configuration)
        let network = configuration.makeNetwork(
            features: features, contextLength: contextLength, startsAtZero: false)
        let buffers = network.namedBuffers.filter { $0.buffer.isStored }
        return (
            network.namedParameters.reduce(0) { $0 + $1.parameter.shape.count },
            buffers.reduce(0) { $0 + $1.buffer.shape.count }
        )
    }

    @Test(arguments: [
        (SequenceModelConfiguration.Kind.baselineGRU, 4, 7_095_552),
        (.memoryGRU, 4, 11_292_160), (.hierarchicalGRU, 2, 8_602_112), (.lstm, 2, 5_120_768),
        (.transformer, 4, 17_867_520), (.attentionMixture, 2, 1_510_912),
    ])
    func publishedCounts(kind: SequenceModelConfiguration.Kind, layers: Int, expected: Int) {
        let found = count(kind, features: 768, contextLength: 100) {
            $0.hidden = 512
            $0.layers = layers
            $0.slots = 2048
            $0.memory = .original
        }
        #expect(found.parameters == expected)
        #expect(found.buffers == (kind == .memoryGRU ? 1_572_864 : 0))
    }

    @Test func countsAtTheSizeOfTheNewsVectors() {
        let sizes: [(SequenceModelConfiguration.Kind, Int)] = [
            (.baselineGRU, 987_776), (.memoryGRU, 1_906_944), (.hierarchicalGRU, 2_154_752),
        ]
        for (kind, expected) in sizes {
            let found = count(kind, features: 384, contextLength: 16) { $0.memory = .original }
            #expect(found.parameters == expected, "\(kind)")
        }
        // Slots and sharpness in the place of the write gate.
        let learned = count(.memoryGRU, features: 384, contextLength: 16) { _ in }
        #expect(learned.parameters == 1_906_944 - 257 * 512 + 512 * 384 + 1)
        #expect(learned.buffers == 0)
    }

    @Test func namesFollowPyTorch() {
        let network = SequenceModelConfiguration(.memoryGRU).makeNetwork(
            features: 6, contextLength: 4, startsAtZero: true)
        #expect(
            network.namedParameters.map(\.name) == [
                "input_norm.weight", "input_norm.bias", "gru.weight_ih_l0", "gru.weight_hh_l0",
                "gru.bias_ih_l0", "gru.bias_hh_l0", "gru.weight_ih_l1", "gru.weight_hh_l1",
                "gru.bias_ih_l1", "gru.bias_hh_l1", "memory.slots", "memory.sharpness",
                "memory.query.weight", "memory.query.bias", "fusion.weight", "fusion.bias",
                "fusion_norm.weight", "fusion_norm.bias", "expand.weight", "expand.bias",
                "output.weight", "output.bias",
            ])
    }

    @Test(arguments: [
        (16, 4, 4), (32, 4, 8), (64, 8, 8), (100, 10, 10), (500, 20, 25), (1000, 25, 40),
        (4, 2, 2), (1, 1, 1),
    ])
    func contextsAreCutNearTheirRoot(length: Int, chunks: Int, expected: Int) throws {
        let cut = try #require(ChunkCut(chunks: 0, contextLength: length))
        #expect(cut.chunks == chunks)
        #expect(cut.length == expected)
    }

    private func problems(_ text: String) -> [ConfigurationProblem] {
        do {
            _ = try SequenceVectorsConfiguration.parse(Array(text.utf8), source: "test.json")
            return []
        } catch ConfigurationError.problems(_, let problems) {
            return problems
        } catch { return [] }
    }

    @Test func chunksThatDoNotFitAreRefusedWithTheNearestOnes() throws {
        func text(_ length: Int, _ chunks: String) -> String {
            "{\"data\": {\"contextLength\": \(length)}, "
                + "\"model\": {\"kind\": \"hierarchical-gru\"\(chunks)}}"
        }
        #expect(problems(text(16, "")).isEmpty)
        #expect(problems(text(16, ", \"chunks\": 8")).isEmpty)
        let five = try #require(problems(text(16, ", \"chunks\": 5")).first)
        #expect(five.path == ["model", "chunks"])
        #expect("\(five)".contains("such as 4 or 8"), "\(five)")
        let prime = try #require(problems(text(17, "")).first)
        #expect("\(prime)".contains("16 or 18"), "\(prime)")
        #expect(problems(text(17, ", \"chunks\": 17")).isEmpty)
        let network = HierarchicalGRU(
            features: 6, contextLength: 17, SequenceModelConfiguration(.hierarchicalGRU),
            startsAtZero: false)
        #expect(throws: NetworkError.self) {
            try ParameterArena(network, device: TestDevices.makePlain(), seed: 1)
        }
    }

    @Test func mixturesPredictTheVectorItself() {
        let text = #"{"model": {"kind": "attention-mixture"}"#
        #expect(problems(text + "}").map(\.path) == [["prediction", "kind"]])
        #expect(problems(text + #", "prediction": {"kind": "direct"}}"#).isEmpty)
    }

    @Test(arguments: SequenceModelConfiguration.Kind.allCases)
    func kindsAreRecognisedByTheirArrays(_ kind: SequenceModelConfiguration.Kind) {
        for memory in SequenceModelConfiguration.Memory.allCases {
            var configuration = SequenceModelConfiguration(kind)
            configuration.memory = memory
            let network = configuration.makeNetwork(
                features: 6, contextLength: 4, startsAtZero: false)
            let names = network.namedParameters.map(\.name) + network.namedBuffers.map(\.name)
            #expect(SequenceModelConfiguration.Kind(arrays: names) == kind)
            #expect(names.contains("output.bias"))
        }
    }
}
