import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing
import TandemTraining

@testable import TandemRecipes

/// Noise, leading and mixing: they vary what training reads and nothing else.
@Suite(.exclusiveDevices) struct DialogueVariationTests {
    /// A core that copies, over long vectors, so that means of random lengths are sharp.
    private func configuration(
        _ change: (inout DialogueDataConfiguration) -> Void
    ) -> DialogueConfiguration {
        var core = DialogueModelConfiguration(.mlp)
        core.hidden = 4
        return DialogueCase.configuration(core, batchSize: 64) { change(&$0.data) }
    }

    private func data(isCopy: Bool) throws -> DialogueData {
        try DialogueCase.data(
            80, dimension: 128, heldOut: 16, answer: isCopy ? { _, question in question } : nil)
    }

    private func cosineLoss(
        _ data: DialogueData, on device: any Device, pass: Int = 0,
        _ change: (inout DialogueDataConfiguration) -> Void
    ) throws -> Float {
        let recipe = try configuration(change).experiment(data, on: device).recipe
        return try recipe.terms(Array(0..<64), .training(seed: 9, pass: pass))[1]
    }

    /// A clean answer against its question under noise of relative length s: 1 - 1 / sqrt(1 + s^2) on average.
    @Test(arguments: TestDevices.all)
    func noise(_ target: TestDevice) throws {
        let (device, data) = (target.device, try data(isCopy: true))
        #expect(abs(try cosineLoss(data, on: device) { _ in }) < 1e-6)
        for noise in [0.25, 0.5, 2.0] {
            let expected = Float(1 - 1 / (1 + noise * noise).squareRoot())
            let found = try cosineLoss(data, on: device) { $0.noise = noise }
            #expect(abs(found / expected - 1) < 0.05, "noise \(noise): \(found)")
            #expect(try cosineLoss(data, on: device) { $0.noise = noise } == found)
            #expect(try cosineLoss(data, on: device, pass: 1) { $0.noise = noise } != found)
        }
    }

    /// On the way to its answer a question comes nearer to it.
    @Test(arguments: TestDevices.all)
    func leading(_ target: TestDevice) throws {
        let (device, data) = (target.device, try data(isCopy: false))
        let none = try cosineLoss(data, on: device) { _ in }
        let little = try cosineLoss(data, on: device) { $0.leading = 0.3 }
        let much = try cosineLoss(data, on: device) { $0.leading = 100 }
        #expect(little < 0.95 * none && much < 0.2 * little)
        // Answers at a right angle to the questions: with weights w uniform in [0, 2) the cosine is w / sqrt(1 + w^2),
        // (sqrt(5) - 1) / 2 on average.
        let apart = try DialogueCase.data(
            80, dimension: 128, heldOut: 16,
            answer: { _, question in
                question.indices.map { place -> Float in
                    place % 2 == 0 ? question[place + 1] : -question[place - 1]
                }
            })
        let found = try cosineLoss(apart, on: device) { $0.leading = 2 }
        #expect(abs(found - Float(1 - (5.0.squareRoot() - 1) / 2)) < 0.15, "\(found)")
        #expect(abs(try cosineLoss(apart, on: device) { _ in } - 1) < 1e-5)
        #expect(try cosineLoss(apart, on: device) { $0.leading = 2 } == found)
        #expect(try cosineLoss(apart, on: device, pass: 1) { $0.leading = 2 } != found)
    }

    /// Questions and answers are mixed with the same shares: where both are the same they stay so.
    @Test(arguments: TestDevices.all)
    func mixing(_ target: TestDevice) throws {
        let data = try data(isCopy: true)
        let recipe = try configuration { $0.mixing = 0.2 }.experiment(data, on: target.device)
            .recipe
        let batch = try #require(try recipe.batches(epoch: 0, startingAt: 0)())
        #expect(try recipe.stage(batch) == 64)
        let terms = try recipe.loss(batch, .training(seed: 9, pass: 0)).values
        #expect(abs(try terms[1].item()) < 1e-6)

        // One pair that is mixed with another in the middle is neither of both.
        let plain = try self.data(isCopy: false)
        let other = try configuration { $0.mixing = 0.2 }.experiment(plain, on: target.device)
            .recipe
        let mixed = DialogueRecipe.Batch(
            contents: DialogueBatch(
                rows: [0, 1], partners: [1, 0], shares: [0.5, 1], negatives: []))
        _ = try other.stage(mixed)
        let found = try other.loss(mixed, .training(seed: 9, pass: 0)).values[1].item()
        func blend(_ first: [Float], _ second: [Float], _ share: Float) -> [Float] {
            DialogueCase.unit(zip(first, second).map { share * $0 + (1 - share) * $1 })
        }
        func cosine(_ share: Float) -> Float {
            let question = blend(plain.questions([0]), plain.questions([1]), share)
            let answer = blend(plain.answers([0]), plain.answers([1]), share)
            return zip(question, answer).reduce(0) { $0 + $1.0 * $1.1 }
        }
        // The second keeps itself: share 1 of pair 1 is share 0 of pair 0.
        #expect(abs(found - (1 - (cosine(0.5) + cosine(0)) / 2)) < 1e-5)
    }

    /// Held-out figures do not see them, before and after training steps, and the data stay as they are.
    @Test(arguments: TestDevices.all)
    func evaluationIsClean(_ target: TestDevice) throws {
        let data = try data(isCopy: false)
        let clean = try configuration { _ in }.experiment(data, on: target.device).recipe
        let varied = try configuration { ($0.noise, $0.leading, $0.mixing) = (0.5, 1, 0.2) }
            .experiment(data, on: target.device).recipe
        let expected = try clean.evaluate()
        #expect(Set(expected.map(\.name)) == Set(DialogueRecipe.metricNames))
        #expect(expected.count == DialogueRecipe.metricNames.count)
        #expect(try varied.evaluate() == expected)
        let first = try clean.terms(Array(0..<64), .training(seed: 9, pass: 0))
        #expect(try varied.terms(Array(0..<64), .training(seed: 9, pass: 0)) != first)
        #expect(try varied.evaluate() == expected)
        #expect(varied.data.questions == data.questions && varied.data.answers == data.answers)
        #expect(try varied.predict(data.split.validation) == clean.predict(data.split.validation))
        // The questions in the device's memory are whole too: without variation they give the same loss.
        #expect(try clean.terms(Array(0..<64), .training(seed: 9, pass: 0)) == first)
    }

    /// The validation loss is that of training, over the validation pairs in batches of training's size.
    @Test func validationLoss() throws {
        let device = try CPUDevice(threads: 1)
        let data = try DialogueCase.data(40, heldOut: 26)
        let experiment = try DialogueCase.configuration(batchSize: 4) { $0.loss.infoNCE = 0.1 }
            .experiment(data, on: device)
        try randomize(experiment.arena)
        let rows = data.split.validation
        #expect(rows.count == 13)
        let weights = experiment.recipe.lossTerms.map(\.weight)
        var expected = 0.0
        for start in stride(from: 0, to: 13, by: 4) {
            let part = Array(rows[start..<min(start + 4, 13)])
            let terms = try experiment.recipe.terms(part, .evaluation())
            for (term, weight) in zip(terms, weights) {
                expected += Double(term * weight) * Double(part.count) / 13
            }
        }
        let metrics = try experiment.recipe.evaluate()
        let found = try #require(metrics.first { $0.name == "validationLoss" })
        #expect(abs(found.value - expected) < 1e-5 && !found.higherIsBetter)
        let copy = try DialogueScores(
            predictions: data.questions(rows), answers: data.answers(rows), dimension: 12)
        func value(_ name: String) throws -> Double {
            try #require(metrics.first { $0.name == name }).value
        }
        let gain = try value("cosine") - DialogueMetrics(copy).meanCosine
        #expect(abs(try value("cosineGain") - gain) < 1e-9 && gain != 0)
        #expect(abs(try value("progress") - value("cosine") / 0.8) < 1e-9)
    }
}
