import Testing

@testable import TandemConfiguration

private enum Reduction: String, Codable, CaseIterable {
    case mean
    case sum
}

private struct WarmUp: Configuration, Equatable {
    var steps = 100
    var start: Float = 0.1
    static let defaults = WarmUp()
}

private struct Term: Configuration, Equatable {
    var name = "cosine"
    var weight: Float = 1
    static let defaults = Term()

    func validate(_ checks: inout ConfigurationChecks) {
        checks.require(weight >= 0, "weight", weight, mustBe: "at least 0")
    }
}

private struct Linear: Configuration, Equatable {
    var bias = true
    static let defaults = Linear()
}

private struct Recurrent: Configuration, Equatable {
    var hiddenSize = 512
    var layers: Int32 = 4
    static let defaults = Recurrent()
}

private enum Model: ConfigurationVariants, Equatable {
    case linear(Linear)
    case recurrent(Recurrent)

    private enum CodingKeys: CodingKey {
        case kind
    }

    static let kinds = ["linear", "recurrent"]
    static let defaults = Model.linear(.defaults)

    static func defaults(ofKind kind: String) -> Model {
        kind == "linear" ? .linear(.defaults) : .recurrent(.defaults)
    }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        switch try keys.decode(String.self, forKey: .kind) {
        case "linear": self = .linear(try Linear(from: decoder))
        default: self = .recurrent(try Recurrent(from: decoder))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var keys = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .linear(let linear):
            try keys.encode("linear", forKey: .kind)
            try linear.encode(to: encoder)
        case .recurrent(let recurrent):
            try keys.encode("recurrent", forKey: .kind)
            try recurrent.encode(to: encoder)
        }
    }
}

private struct Experiment: Configuration, Equatable {
    var name = "experiment"
    var seed: UInt64 = 42
    var epochs = 10
    var learningRate = 5e-4
    var shuffles = true
    var reduction = Reduction.mean
    /// Preset differently from the section's own defaults.
    var model = Model.recurrent(Recurrent(hiddenSize: 256))
    var warmUp: WarmUp?
    var terms = [Term(), Term(name: "contrast", weight: 0.05)]
    var scales: [String: Double] = ["a": 1]
    static let defaults = Experiment()

    func validate(_ checks: inout ConfigurationChecks) {
        checks.require(epochs >= 1, "epochs", epochs, mustBe: "at least 1")
        checks.require(learningRate > 0, "learningRate", learningRate, mustBe: "above 0")
        checks.section("model", model)
        checks.section("warmUp", warmUp)
        checks.sections("terms", terms)
    }
}

private func experiment(_ text: String, _ overrides: String...) throws -> Experiment {
    try Experiment.parse(
        Array(text.utf8), source: "test.json", overrides: overrides.map { try .init($0) })
}

private func problems(_ text: String, _ overrides: String...) -> [String] {
    do throws(ConfigurationError) {
        var list: [ConfigurationOverride] = []
        for override in overrides {
            list.append(try ConfigurationOverride(override))
        }
        _ = try Experiment.parse(Array(text.utf8), source: "test.json", overrides: list)
        return []
    } catch {
        guard case .problems(_, let problems) = error else { return ["\(error)"] }
        return problems.map(\.description)
    }
}

@Suite struct ConfigurationDefaultsTests {
    @Test func emptyFileGivesTheDefaults() throws {
        #expect(try experiment("{}") == .defaults)
    }

    @Test func namedValuesReplaceDefaults() throws {
        let read = try experiment(
            """
            {"seed": 18446744073709551615, "learningRate": 3e-4, "epochs": 2e1, "reduction": "sum",
             "model": {"layers": 2}, "scales": {"b": 2}}
            """)
        var expected = Experiment.defaults
        expected.seed = .max
        expected.learningRate = 3e-4
        expected.epochs = 20
        expected.reduction = .sum
        expected.model = .recurrent(Recurrent(hiddenSize: 256, layers: 2))
        expected.scales = ["b": 2]
        #expect(read == expected)
    }

    @Test func optionalSectionsTakeTheirOwnDefaults() throws {
        #expect(try experiment(#"{"warmUp": {"steps": 7}}"#).warmUp == WarmUp(steps: 7))
        #expect(try experiment(#"{"warmUp": {}}"#).warmUp == .defaults)
        #expect(try experiment(#"{"warmUp": null}"#).warmUp == nil)
    }

    @Test func anotherKindTakesThatKindsDefaults() throws {
        #expect(try experiment(#"{"model": {"kind": "linear"}}"#).model == .linear(.defaults))
        #expect(
            try experiment(#"{"model": {"kind": "recurrent"}}"#).model
                == .recurrent(Recurrent(hiddenSize: 256)))
    }

    @Test func listsReplaceAndTheirSectionsHaveDefaults() throws {
        #expect(try experiment(#"{"terms": [{"weight": 3}]}"#).terms == [Term(weight: 3)])
        #expect(try experiment(#"{"terms": []}"#).terms == [])
    }

    @Test func resolvedTextReadsBackEqual() throws {
        var value = Experiment.defaults
        value.seed = 9_007_199_254_740_993
        value.learningRate = 0.1 + 0.2
        value.warmUp = WarmUp(steps: 5, start: 0.3)
        value.model = .linear(Linear(bias: false))
        let text = value.resolvedJSON
        #expect(try experiment(text) == value)
        #expect(text.contains("\"seed\": 9007199254740993"))
        #expect(text.contains("\"start\": 0.3"))
        #expect(text.hasSuffix("}\n"))
    }
}

@Suite struct ConfigurationProblemTests {
    @Test func allProblemsAreReportedAtOnce() {
        let found = problems(
            """
            {"epoch": 5, "epochs": "many", "learningRate": true, "shuffles": 1, "reduction": "avg",
             "model": {"hiddenSize": 1.5, "hidenLayers": 2}, "terms": [{"wieght": 1}], "seed": -1}
            """)
        #expect(
            found == [
                "'seed': expected a whole number from 0 to 18446744073709551615, found -1",
                "'epochs': expected a whole number, found the text \"many\"",
                "'learningRate': expected a number, found true",
                "'shuffles': expected true or false, found 1",
                "'reduction': unknown choice 'avg'. Valid are mean, sum",
                "'model.hiddenSize': expected a whole number, found 1.5",
                "unknown key 'epoch': did you mean 'epochs'?",
                "unknown key 'model.hidenLayers': known here are hiddenSize, kind, layers",
                "unknown key 'terms.0.wieght': did you mean 'terms.0.weight'?",
            ])
    }

    @Test func impossibleValuesAreReportedWithTheOthers() {
        #expect(
            problems(#"{"epochs": 0, "learningRate": -1, "terms": [{}, {"weight": -2}], "x": 1}"#)
                == [
                    "unknown key 'x': known here are epochs, learningRate, model, name, reduction, "
                        + "scales, seed, shuffles, terms, warmUp",
                    "'epochs' is 0: must be at least 1",
                    "'learningRate' is -1.0: must be above 0",
                    "'terms.1.weight' is -2.0: must be at least 0",
                ])
    }

    @Test func keysInTheWrongSectionAreRecognised() {
        #expect(
            problems(#"{"hiddenSize": 5, "model": {"epochs": 3}}"#) == [
                "unknown key 'hiddenSize': did you mean 'model.hiddenSize'?",
                "unknown key 'model.epochs': did you mean 'epochs'?",
            ])
    }

    @Test func sectionsOfTheWrongForm() {
        #expect(
            problems(#"{"model": 3, "terms": {"a": 1}, "warmUp": [], "scales": {"a": "x"}}"#) == [
                "'model': expected a section of keys and values, found 3",
                "'warmUp': expected a section of keys and values, found a list of 0",
                "'terms': expected a list, found a section",
                "'scales.a': expected a number, found the text \"x\"",
            ])
        #expect(
            problems("[]") == [
                "the configuration: expected a section of keys and values, found a list of 0"
            ])
        #expect(problems(#"{"epochs": null}"#).count == 1)
    }

    @Test func unknownKindsAreRefused() {
        #expect(
            problems(#"{"model": {"kind": "recurent", "hiddenSize": 3}}"#) == [
                "'model.kind': unknown choice 'recurent'. Did you mean 'recurrent'? "
                    + "Valid are linear, recurrent"
            ])
        #expect(
            problems(#"{"model": {"kind": 3}}"#) == [
                "'model.kind': expected text in quotes, found 3"
            ])
        #expect(
            problems(#"{"model": {"kind": "linear", "layers": 3}}"#) == [
                "unknown key 'model.layers': known here are bias, kind"
            ])
    }

    @Test func numbersOutOfRangeAreRefused() {
        #expect(problems(#"{"model": {"layers": 4294967296}}"#).count == 1)
        #expect(problems(#"{"warmUp": {"start": 1e300}}"#).count == 1)
        #expect(problems(#"{"seed": 18446744073709551616}"#).count == 1)
        #expect(problems(#"{"epochs": 1e300}"#).count == 1)
    }

    @Test func malformedAndMissingFiles() {
        #expect(
            problems("{\n\"epochs\": 1, \"epochs\": 2}") == [
                "test.json, line 2: JSON: \"epochs\" occurs twice in one object, again at byte 15; "
                    + "keep one"
            ])
        #expect {
            try Experiment.read("/nonexistent/x.json")
        } throws: { error in
            "\(error)".hasPrefix("/nonexistent/x.json: ") && "\(error)".contains("No such file")
        }
    }

    @Test func messageCountsAndNamesTheFile() {
        #expect {
            try experiment(#"{"epochs": 0, "name": 1}"#)
        } throws: { error in
            "\(error)" == """
                test.json: 2 problems in the configuration:
                  'name': expected text in quotes, found 1
                  'epochs' is 0: must be at least 1
                """
        }
    }
}

@Suite struct ConfigurationOverrideTests {
    @Test func replaceValuesAtAnyDepth() throws {
        let read = try experiment(
            #"{"epochs": 3, "model": {"layers": 1}}"#, "epochs=5", "model.hiddenSize=64",
            "name=a=b", "shuffles=false", "warmUp.steps=9", "scales={\"z\": 3}", "epochs=6")
        #expect(read.epochs == 6)
        #expect(read.model == .recurrent(Recurrent(hiddenSize: 64, layers: 1)))
        #expect(read.name == "a=b")
        #expect(!read.shuffles)
        #expect(read.warmUp == WarmUp(steps: 9))
        #expect(read.scales == ["z": 3])
    }

    @Test func elementsOfListsHaveNumbers() throws {
        #expect(
            try experiment("{}", "terms.1.weight=2").terms[1] == Term(name: "contrast", weight: 2))
        #expect(try experiment(#"{"terms": [{}]}"#, "terms.0.name=l1").terms == [Term(name: "l1")])
        #expect(
            problems("{}", "terms.2.weight=2") == [
                "'terms.2.weight' (set on the command line): the list has no element '2'; "
                    + "it has 2, counted from 0"
            ])
    }

    @Test func plainTextNeedsNoQuotes() throws {
        #expect(try experiment("{}", "reduction=sum").reduction == .sum)
        #expect(try experiment("{}", "name=2024").name == "2024")
        #expect(try experiment("{}", "name=\"2024\"").name == "2024")
        #expect(try experiment("{}", "name=").name == "")
    }

    @Test func mistakesAreReportedAsGivenOnTheCommandLine() {
        #expect(
            problems("{}", "model.hidenSize=3", "epochs=007", "learningRate=0", "name.x=3") == [
                "'name' (set on the command line): expected text in quotes, found a section",
                "'epochs' (set on the command line): expected a whole number, "
                    + "found the text \"007\"",
                "unknown key 'model.hidenSize' (set on the command line): "
                    + "did you mean 'model.hiddenSize'?",
                "'learningRate' (set on the command line) is 0.0: must be above 0",
            ])
        #expect(
            problems(#"{"name": "a"}"#, "name.x=3") == [
                "'name.x' (set on the command line): 'x' cannot be set inside the text \"a\", "
                    + "which is not a section"
            ])
    }

    @Test(arguments: ["epochs", "=3", "model.=3", ".epochs=3", "model..x=3", ""])
    func malformedOverridesAreRefused(text: String) {
        #expect(throws: ConfigurationError.self) { try ConfigurationOverride(text) }
    }
}
