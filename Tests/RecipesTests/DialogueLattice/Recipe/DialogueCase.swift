import TandemBasics
import TandemDatasets
import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTraining

@testable import TandemRecipes

/// Made-up pairs whose answers follow from their questions, and small models that learn them.
enum DialogueCase {
    /// So many pairs of unit vectors: an answer is its question plus its coordinates in reverse order, so that copying is
    /// not bad and a linear map is right.
    ///
    /// The last `heldOut` pairs are half for validation, half for the test.
    static func data(
        _ count: Int, dimension: Int = 12, heldOut: Int = 0,
        group: (Int) -> String = { "g\($0)" }, source: (Int) -> String = { _ in "" },
        answer: ((Int, [Float]) -> [Float])? = nil
    ) throws -> DialogueData {
        var random = Philox(RandomStream(seed: 17, identifier: 4))
        var (questions, answers): ([Float], [Float]) = ([], [])
        for row in 0..<count {
            let question = unit((0..<dimension).map { _ in random.nextUniform() * 2 - 1 })
            let reversed = zip(question, question.reversed()).map { $0 + 0.8 * $1 }
            questions += question
            answers += unit(answer?(row, question) ?? reversed)
        }
        var pairs = DialogueFixtures.pairs(
            count, group: group,
            part: { row in
                let left = count - row
                return left > heldOut ? .training : left * 2 > heldOut ? .validation : .test
            })
        for row in pairs.indices { pairs[row].source = source(row) }
        return try DialogueData(
            DialogueSource(
                path: "made up", pairs: pairs, places: pairs.indices.map { .row($0) },
                vectors: DialogueStoredVectors(
                    teacher: "made up", dimension: dimension, questions: questions,
                    answers: answers)),
            DialogueDataConfiguration())
    }

    /// The vector at length 1.
    static func unit(_ vector: [Float]) -> [Float] {
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return vector.map { $0 / length }
    }

    /// Settings of a small core: 2 x 2 x 3 cells, constant rate, no early stopping.
    static func configuration(
        _ core: DialogueModelConfiguration? = nil, epochs: Int = 2, batchSize: Int = 8,
        _ change: (inout DialogueConfiguration) -> Void = { _ in }
    ) -> DialogueConfiguration {
        var configuration = DialogueConfiguration()
        configuration.model = core ?? DialogueModelTests.Core("").configuration
        configuration.training.epochs = epochs
        configuration.training.batchSize = batchSize
        configuration.training.schedule.kind = .constant
        configuration.training.earlyStopping = nil
        change(&configuration)
        return configuration
    }

    /// History without times, and the weights.
    struct Trace: Equatable {
        var history: [EpochRecord]
        var weights: [[Float]]

        init(_ experiment: DialogueExperiment, _ state: TrainingState) throws {
            history = state.history.map { record in
                var record = record
                (record.trainingSeconds, record.evaluationSeconds) = (0, 0)
                return record
            }
            weights = try experiment.arena.namedValues().map(\.values)
        }
    }
}

extension DialogueConfiguration {
    /// The experiment over data that were made up.
    func experiment(_ data: DialogueData, on device: any Device) throws -> DialogueExperiment {
        try DialogueExperiment(self, data: data, device: device)
    }
}

extension DialogueRecipe {
    /// The terms of one batch of pairs, given by their numbers.
    func terms(_ rows: [Int32], _ context: ForwardContext) throws -> [Float] {
        let batch = Batch(
            contents: DialogueBatch(rows: rows[...], partners: nil, shares: nil, negatives: []))
        _ = try stage(batch)
        return try loss(batch, context).values.map { try $0.item() }
    }
}
