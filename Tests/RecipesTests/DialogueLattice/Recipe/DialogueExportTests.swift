import Foundation
import TandemDatasets
import TandemDevices
import TandemInterchange
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing
import TandemTraining

@testable import TandemRecipes

/// Finished runs and the models that they export give the same answers.
@Suite(.exclusiveDevices) struct DialogueExportTests {
    typealias Core = DialogueModelTests.Core

    /// A folder with 40 pairs of 12 numbers.
    private func folder(_ fixtures: DialogueFixtures) throws -> String {
        let data = try DialogueCase.data(40)
        func rows(_ values: [Float]) -> [[Float]] {
            stride(from: 0, to: values.count, by: 12).map { Array(values[$0..<$0 + 12]) }
        }
        let pairs = (0..<40).map {
            #"{"id": "p\#($0)", "row": \#($0), "question": "question \#($0)", "#
                + #""answer": "the answer \#($0)"}"# + "\n"
        }
        return try fixtures.embedded(
            rows(data.questions), rows(data.answers), pairs: pairs.joined())
    }

    @Test(arguments: DialogueModelTests.cores + [Core("published", .scaledCopy)])
    func parametersAreReadBackEqual(_ core: Core) throws {
        let fixtures = try DialogueFixtures()
        var configuration = DialogueCase.configuration(core.configuration)
        configuration.data.path = try folder(fixtures)
        configuration.data.validationShare = 0.2
        let options = RunOptions(device: "cpu", threads: 1)
        let experiment = try DialogueExperiment(configuration, options)
        if !experiment.arena.entries.isEmpty { try randomize(experiment.arena) }
        let path = fixtures.folder.file("model.onnx")
        try experiment.exportModel(to: path)

        let file = try ONNXModel.read(path)
        for (name, _, values) in try experiment.arena.namedValues() {
            #expect(file.floats(name) == values, "\(name)")
        }
        #expect(file.floats("answers") == experiment.data.answers)
        let read = try DialogueExperiment(model: path, options)
        #expect(read.configuration == experiment.configuration)
        for (found, expected) in zip(
            try read.arena.namedValues(), try experiment.arena.namedValues())
        {
            #expect(found.name == expected.name && found.values == expected.values)
        }
        let rows = [Int32](0..<40)
        #expect(try read.recipe.predict(rows) == experiment.recipe.predict(rows))
    }

    /// A run of the default kind: its products, its answers from both forms, and what a file that is no model gives.
    @Test func aRunAndItsModelAnswerAlike() throws {
        let fixtures = try DialogueFixtures()
        var configuration = DialogueCase.configuration(epochs: 3)
        configuration.data.path = try folder(fixtures)
        let options = RunOptions(device: "cpu", threads: 1)
        let experiment = try DialogueExperiment(configuration, options)
        let path = fixtures.folder.file("run")
        let result = try #require(
            try TrainingRun(experiment, creating: path, isInterrupted: { false }).train())
        let run = try RunDirectory(opening: path)
        #expect(
            result.products.map { $0.split(separator: "/").last } == [
                "evaluation.json", "dataset.json", "model.onnx",
            ])
        let report = try JSONDecoder().decode(
            DialogueEvaluationReport.self,
            from: Data(contents(of: path + "/evaluation.json")))
        #expect(report == result.test)
        #expect(report.run?.part == "test" && report.run?.bestEpoch == 3)

        func ask(
            _ model: PredictionRequest.Model, _ input: String = "", question: String? = nil
        ) throws -> [DialogueAnswers] {
            let answer = try DialogueExperiment.predict(
                PredictionRequest(model: model, input: input, question: question, options: options))
            return try JSONDecoder().decode(
                [DialogueAnswers].self, from: Data(try #require(answer.json).utf8))
        }
        let models: [PredictionRequest.Model] = [.run(run), .file(run.model)]
        let vectors = CheckedInput([5, 12], 3)
        let file = fixtures.folder.file("asked.npy")
        try NPYFile.write(HostArray(shape: [5, 12], elements: vectors.values), to: file)
        let found = try models.map { try ask($0, file) }
        #expect(found[0] == found[1])
        #expect(found[0].count == 5 && found[0].allSatisfy { $0.answers.count == 5 })
        // The vectors of the file are brought to unit length, as those of the data are.
        let predictions = try experiment.recipe.predict(
            stride(from: 0, to: 60, by: 12).flatMap {
                DialogueCase.unit(Array(vectors.values[$0..<$0 + 12]))
            })
        for (row, answers) in found[0].enumerated() {
            let prediction = predictions[row * 12..<(row + 1) * 12]
            let cosines = (0..<40).map { number in
                zip(prediction, experiment.data.answers([Int32(number)]))
                    .reduce(0) { $0 + $1.0 * $1.1 }
            }
            let best = cosines.enumerated().sorted { $0.element > $1.element }.prefix(5)
            #expect(answers.answers.map(\.id) == best.map { "p\($0.offset)" })
            for (answer, cosine) in zip(answers.answers, best) {
                #expect(abs(answer.cosine - cosine.element) < 1e-5)
            }
        }
        let asked = try models.map { try ask($0, question: "question 7") }
        #expect(asked[0] == asked[1] && asked[0][0].question == "question 7")

        let other = try fixtures.folder.put(Array("no model".utf8), "other.onnx")
        #expect(throws: (any Error).self) { try ask(.file(other), file) }
        try NPYFile.write(
            HostArray(shape: [4, 11], elements: [Float](repeating: 1, count: 44)), to: file)
        let error = dialogueError { _ = try ask(.run(run), file) }
        #expect(error == .shape(path: file, found: [4, 11], expected: "[n, 12]"))
    }

    /// A model of centred vectors takes those of the teacher: the centre is part of the graph.
    @Test func theCentreIsExported() throws {
        let fixtures = try DialogueFixtures()
        var configuration = DialogueCase.configuration()
        configuration.data.path = try folder(fixtures)
        configuration.data.centre = true
        let experiment = try DialogueExperiment(
            configuration, RunOptions(device: "cpu", threads: 1))
        let path = fixtures.folder.file("model.onnx")
        try experiment.exportModel(to: path)
        let mean = try ONNXModel.read(path).floats("question_mean")
        #expect(mean == experiment.data.preprocessing.questionMean)
        #expect(mean?.contains { $0 != 0 } == true)
    }

    /// A model is not used with pairs that have changed since.
    @Test func aModelKnowsItsData() throws {
        let fixtures = try DialogueFixtures()
        var configuration = DialogueCase.configuration()
        configuration.data.path = try folder(fixtures)
        let options = RunOptions(device: "cpu", threads: 1)
        let path = fixtures.folder.file("model.onnx")
        try DialogueExperiment(configuration, options).exportModel(to: path)
        let pairs = try #require(configuration.data.path) + "/pairs.jsonl"
        let text = try String(contentsOfFile: pairs, encoding: .utf8)
        try text.replacing("the answer 3\"", with: "no answer\"")
            .write(toFile: pairs, atomically: true, encoding: .utf8)
        #expect(throws: DialogueError.self) { try DialogueExperiment(model: path, options) }
    }

    /// Questions in another encoding are refused, not answered as if they were text.
    @Test func questionsAreUTF8() throws {
        let fixtures = try DialogueFixtures()
        var configuration = DialogueCase.configuration()
        configuration.data.path = try folder(fixtures)
        let options = RunOptions(device: "cpu", threads: 1)
        let model = fixtures.folder.file("model.onnx")
        try DialogueExperiment(configuration, options).exportModel(to: model)
        func answer(_ bytes: [UInt8]) throws -> PredictionResult {
            let path = try fixtures.folder.put(bytes, "questions.txt")
            return try DialogueExperiment.predict(
                PredictionRequest(model: .file(model), input: path, options: options))
        }
        #expect(try answer(Array("question 3\r\n\nquestion 4\n".utf8)).count == 2)
        let utf16: [UInt8] = [0xFF, 0xFE, 0x71, 0x00]
        #expect(throws: DialogueError.notText(path: fixtures.folder.file("questions.txt"))) {
            try answer(utf16)
        }
        #expect(throws: DialogueError.self) { try answer([0x0A]) }
    }
}
