import TandemDatasets
import TandemDevices
import Foundation
import TandemNetworks
import TandemRecipes
import TandemTensors
import TandemTestSupport
import Testing
import TandemTraining

@Suite(.exclusiveDevices) struct NextVectorModelTests {
    private func contexts(_ count: Int, on device: any Device) throws -> Tensor {
        try CheckedInput([4, count, 12], 7).tensor(on: device)
    }

    /// A model that nobody has trained is the moving average: same ranks, same vectors but for rounding.
    @Test(arguments: TestDevices.all)
    func anchoredModelStartsAtTheMovingAverage(_ target: TestDevice) throws {
        try ChainFolder.withRandomWalks { folder in
            let experiment = try SequenceVectorsConfiguration.small.experiment(
                folder, on: target.device)
            let average = ContextAverage.movingAverage(0.6)
            let x = try contexts(9, on: target.device)
            #expect(
                mismatch(
                    try experiment.recipe.predictor(x, .evaluation()).values(),
                    try average.predict(x).values(), .forward) == nil)
            for row in try experiment.measure() where row.name == "model" {
                let rows = try experiment.measure()
                let expected = try #require(rows.first { $0.name == average.name })
                #expect(row.dense.hits == expected.dense.hits)
                #expect(row.dense.meanReciprocalRank == expected.dense.meanReciprocalRank)
                #expect(row.sparse.hits == expected.sparse.hits)
            }
        }
    }

    @Test func averagesWeightTheContextByAge() throws {
        let device = TestDevices.makePlain()
        // Unit vectors along the axes, so that the prediction shows the weights.
        var values = [Float](repeating: 0, count: 4 * 4)
        for step in 0..<4 { values[step * 4 + step] = 1 }
        let context = try Tensor(values, shape: [4, 1, 4], on: device)
        let cases: [(ContextAverage, [Float])] = [
            (.mean(of: 1), [0, 0, 0, 1]), (.mean(of: 2), [0, 0, 1, 1]),
            (.mean(of: .max), [1, 1, 1, 1]), (.movingAverage(0.5), [1, 2, 4, 8]),
        ]
        for (average, weights) in cases {
            let norm = weights.reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(
                mismatch(
                    try average.predict(context).values(), weights.map { $0 / norm }, .forward)
                    == nil, "\(average.name)")
        }
    }

    @Test func anchoredModelRefusesOtherContextLengths() throws {
        try ChainFolder.withRandomWalks { folder in
            let device = TestDevices.makePlain()
            let experiment = try SequenceVectorsConfiguration.small.experiment(folder, on: device)
            let context = try CheckedInput([5, 3, 12], 7).tensor(on: device)
            #expect(throws: NetworkError.self) {
                try experiment.recipe.predictor(context, .evaluation())
            }
        }
    }

    /// Trains shortly, then compares the predictor made from the checkpoint with the trained model.
    @Test(arguments: PredictionConfiguration.Kind.allCases)
    func predictorEqualsTheTrainedModel(_ kind: PredictionConfiguration.Kind) throws {
        try ChainFolder.withRandomWalks { folder in
            var configuration = SequenceVectorsConfiguration.small
            configuration.prediction.kind = kind
            configuration.training.epochs = 1
            let device = try CPUDevice(threads: 2)
            let experiment = try configuration.experiment(folder, on: device)
            _ = try experiment.makeTrainer(run: nil, adding: []).run()
            let weights = folder + "/weights.safetensors"
            try Checkpoint.saveWeights(to: weights, arena: experiment.arena)
            let predictor = try NextVectorPredictor(
                configuration, weights: weights, device: device)

            // More than one block of contexts, of vectors that are not of unit length.
            let count = 1030
            let x = try contexts(count, on: device).transposed(0, 1)
            let expected = try experiment.recipe.predictor(
                x.l2Normalized().transposed(0, 1), .evaluation()
            ).values()
            let input = try HostArray(shape: [count, 4, 12], elements: try x.values())
            let found = try predictor.predict(input)
            #expect(found.shape == [count, 12])
            #expect(mismatch(try found.float32Values(), expected, .forward) == nil)

            let first = try HostArray(shape: [4, 12], elements: Array(try x.values()[..<48]))
            let single = try predictor.predict(first)
            #expect(single.shape == [1, 12])
            #expect(mismatch(try single.float32Values(), Array(expected[..<12]), .forward) == nil)
            try expectRefusals(predictor)
        }
    }

    private func expectRefusals(_ predictor: NextVectorPredictor) throws {
        for shape in [[2, 5, 12], [2, 4, 11], [0, 4, 12], [12], [1, 2, 4, 12]] {
            let ones = [Float](repeating: 1, count: shape.reduce(1, *))
            let array = try HostArray(shape: shape, elements: ones)
            #expect(throws: SequenceVectorsError.self, "\(shape)") {
                try predictor.predict(array)
            }
        }
        for bad in [Float.nan, .infinity, 0] {
            var values = [Float](repeating: 1, count: 96)
            for index in 60..<72 { values[index] = bad }
            let array = try HostArray(shape: [2, 4, 12], elements: values)
            let error = #expect(throws: SequenceVectorsError.self, "\(bad)") {
                try predictor.predict(array)
            }
            guard case .badInputVector(context: 1, step: 1, _) = error else {
                Issue.record("\(bad): unexpected error \(String(describing: error))")
                continue
            }
        }
        let integers = try HostArray(shape: [1, 4, 12], elements: [Int32](repeating: 1, count: 48))
        #expect(throws: SequenceVectorsError.badInputType(.int32)) {
            try predictor.predict(integers)
        }
    }
}
