import TandemBasics
import TandemDatasets
import TandemInterchange
import TandemRecipes
import TandemReports
import TandemTraining

import FoundationEssentials
import Glibc

/// `tandem evaluate`: measures a trained model on held-out data.
enum EvaluateCommand: Command {
    static let declaration = CommandDeclaration(
        name: "evaluate",
        summary: "Measure a trained model on the held-out part of its data set.",
        discussion: SharedOptions.whichWeights,
        parameters: [
            SharedOptions.run, SharedOptions.data, SharedOptions.device, SharedOptions.threads,
            SharedOptions.json,
        ])

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let run = try RunDirectory(opening: arguments[SharedOptions.run])
        try evaluate(try Systems.named(in: run.configuration), run, arguments, on: console)
    }

    private static func evaluate<System: Experiment>(
        _ type: System.Type, _ run: RunDirectory, _ arguments: ParsedArguments,
        on console: Console
    ) throws {
        let experiment = try System(opening: run, arguments.runOptions)
        let figures = try experiment.measure(in: run)
        if arguments[SharedOptions.json] { return try console.printJSON(["test": figures]) }
        experiment.summary.forEach(console.note)
        System.describe(figures).forEach(console.print)
    }
}

/// `tandem predict`: applies a trained model to new inputs.
enum PredictCommand: Command {
    static let source = Positional<String>(
        "model", help: "Run directory made by 'tandem train', or an exported model (.onnx).")
    static let input = Option<String?>(
        "input", "file",
        help: "Sequence vectors: contexts [n, C, d] or one context [C, d] as .npy. "
            + "Tables: rows as .csv or .json. Gift recommender: profiles as .json. "
            + "Dialogue lattice: a question in every line, or their vectors [n, D] as .npy. "
            + "Needed unless --question is given.")
    static let question = Option<String?>(
        "question", "text",
        help: "Dialogue lattice: a question, or the id of a pair whose question has a vector.")
    static let output = Option<String?>(
        "output", "file",
        help: "File to write to: .npy for sequence vectors; for tables .csv (a column 'score') "
            + "or .json. Needed for sequence vectors.",
        defaultText: "tables, gifts and answers: on standard output")
    static let catalogue = Option<String?>(
        "catalogue", "file",
        help: "Gift recommender: gifts to choose from as .json; those with an id of the training "
            + "keep what was learned about them.",
        defaultText: "the gifts of the training")
    static let ruleFallback = Flag(
        "rule-fallback",
        help: "Calling-score records: when the model cannot be loaded, score by the rule, "
            + "and say so.")

    static let declaration = CommandDeclaration(
        name: "predict",
        summary: "Apply a trained model to new inputs.",
        discussion: SharedOptions.whichWeights,
        parameters: [
            source, input, question, catalogue, output, TrainingShortcuts.format, ruleFallback,
            SharedOptions.device,
            SharedOptions.threads, SharedOptions.json,
        ])

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let (source, output) = (arguments[source], arguments[output])
        let format = arguments[TrainingShortcuts.format] ?? "auto"
        guard TabularDataConfiguration.Format(rawValue: format) != nil else {
            let known = TabularDataConfiguration.Format.allCases.map(\.rawValue)
            throw UsageError.invalidValue(
                spelling: TrainingShortcuts.format.description.spelling, value: format,
                expectation: "one of " + known.joined(separator: ", "))
        }
        if let output {
            try keepInputs(arguments, from: output)
        }
        let input =
            arguments[question] == nil
            ? try arguments.required(Self.input, arguments[input]) : arguments[input] ?? ""
        let system: any Experiment.Type
        let model: PredictionRequest.Model
        if source.hasSuffix(".onnx") {
            let name = (try? ONNXModel.read(source))?.metadata["system"]
            // Models of tables do not name their system.
            system = Systems.all.first { $0.recipeName == name } ?? TabularExperiment.self
            model = .file(source)
        } else {
            let run = try RunDirectory(opening: source)
            (system, model) = (try Systems.named(in: run.configuration), .run(run))
        }
        try refuseUnread(arguments, by: system)
        if system == SequenceVectorsExperiment.self, input.hasSuffix(".npy") {
            _ = try arguments.required(Self.output, output)
        }
        let result = try system.predict(
            PredictionRequest(
                model: model, input: input, question: arguments[question],
                catalogue: arguments[catalogue], output: output, format: format,
                usesRule: arguments[ruleFallback], options: arguments.runOptions,
                warn: { console.note("warning: \($0)") }))
        if arguments[SharedOptions.json], output != nil {
            try console.printJSON(["predictions": result.count])
        } else {
            console.print(arguments[SharedOptions.json] ? result.json ?? result.text : result.text)
        }
    }

    /// Refuses an output that would replace an input, a file of the run, or the data that it was trained on.
    private static func keepInputs(_ arguments: ParsedArguments, from output: String) throws {
        let inputs = [arguments[input], arguments[catalogue], arguments[source]].compactMap { $0 }
        try keep(
            inputs + FilesInUse.of(run: arguments[source]), from: output, given: Self.output)
    }

    /// An option that the system does not read is a mistake, not to be passed over in silence.
    private static func refuseUnread(
        _ arguments: ParsedArguments, by system: any Experiment.Type
    ) throws {
        let isTable = system == TabularExperiment.self
        let isGift = system == GiftRecommenderExperiment.self
        if arguments[question] != nil, arguments[input] != nil {
            throw UsageError.contradiction(
                "'--question' takes the place of '--input'; give one of them.")
        }
        for (option, isGiven, isRead, reader) in [
            (
                catalogue.description, arguments[catalogue] != nil, isGift,
                "runs of the gift recommender"
            ),
            (
                question.description, arguments[question] != nil,
                system == DialogueExperiment.self, "models of the dialogue lattice"
            ),
            (
                TrainingShortcuts.format.description,
                arguments[TrainingShortcuts.format] != nil, isTable, "models of tables"
            ),
            (ruleFallback.description, arguments[ruleFallback], isTable, "models of tables"),
        ] where isGiven && !isRead {
            throw UsageError.contradiction(
                "'\(option.spelling)' is for \(reader); '\(arguments[source])' is none.")
        }
    }
}

/// Refuses an output that is one of some files.
private func keep<Value>(_ files: [String], from output: String, given option: Option<Value>) throws
{
    for file in files where isSameFile(output, file) {
        throw UsageError.invalidValue(
            spelling: option.description.spelling, value: output,
            expectation: "another file than '\(file)', which would be lost")
    }
}

/// The files that a run needs.
private enum FilesInUse {
    /// Those in its directory, and those that its configuration names under `data`, files of folders among them.
    static func of(run: String) -> [String] {
        let content = try? WholeFile.read(run + "/config.json")
        let data = content.flatMap { try? JSONValue.parse($0) }?["data"]
        let named = (data?.orderedMembers ?? []).compactMap { $0.value.stringValue }
        return files(in: run)
            + named.map { DataLocation.resolve($0) }.flatMap { [$0] + files(in: $0) }
    }

    private static func files(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
            .map { folder + "/" + $0 }
    }
}

/// Whether two paths lead to one existing file.
private func isSameFile(_ left: String, _ right: String) -> Bool {
    func identity(_ path: String) -> [UInt]? {
        var facts = stat()
        return stat(path, &facts) == 0 ? [UInt(facts.st_dev), UInt(facts.st_ino)] : nil
    }
    guard let one = identity(left), let other = identity(right) else { return false }
    return one == other
}

/// `tandem export`: writes a trained model in a format of other programs.
enum ExportCommand: Command {
    /// A format of other programs.
    enum Format: String, ArgumentValue, CaseIterable {
        case onnx
        case safetensors

        static var expectation: String { "onnx or safetensors" }
    }

    static let format = Option<Format>(
        "format", "format",
        help: "onnx: a whole model for ONNX Runtime and others, of finished runs on vectors and "
            + "tables, connected gift recommenders and dialogue lattices. "
            + "safetensors: the weights under PyTorch's names, of every run.")
    static let output = Option<String>("out", "file", help: "File to write.")

    static let declaration = CommandDeclaration(
        name: "export",
        summary: "Write a trained model in a format of other programs.",
        discussion: SharedOptions.whichWeights,
        parameters: [SharedOptions.run, format, output, SharedOptions.json])

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let (format, output) = (arguments[format], arguments[output])
        let directory = try RunDirectory(opening: arguments[SharedOptions.run])
        try keep(FilesInUse.of(run: directory.path), from: output, given: Self.output)
        switch format {
        case .safetensors:
            try Checkpoint.exportWeights(from: try directory.weightsForUse(), to: output)
        case .onnx:
            let model = directory.path + "/model.onnx"
            guard FileManager.default.fileExists(atPath: model) else {
                throw InterchangeError.noModel(
                    path: directory.path, format: format.rawValue,
                    advice:
                        "finished runs on vectors and tables, of connected gift recommenders and "
                        + "of dialogue lattices have one; "
                        + "for the weights alone use --format safetensors")
            }
            try ONNXModel.read(model).write(to: output)
        }
        if arguments[SharedOptions.json] {
            try console.printJSON(["format": format.rawValue, "output": output])
        } else {
            console.print("\(output): written")
        }
    }
}

/// `tandem report`: writes the page of a run or of a sweep.
enum ReportCommand: Command {
    static let folder = Positional<String>(
        "run", help: "Run directory made by 'tandem train', or folder made by 'tandem sweep'.")
    static let output = Option<String?>(
        "out", "file", help: "HTML file to write.", defaultText: "report.html in the folder")

    static let declaration = CommandDeclaration(
        name: "report",
        summary: "Write a page with the curves and figures of a run or a sweep.",
        discussion: """
            The page holds everything it shows and needs neither a network nor scripts.
            'tandem train' writes it while it trains and at the end; this command makes it
            again.
            """,
        parameters: [folder, output])

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let folder = arguments[folder]
        let isSweep = FileManager.default.fileExists(atPath: SweepReportFile.results(in: folder))
        let page =
            isSweep
            ? try SweepReportFile.page(in: folder)
            : try RunDirectory(opening: folder).makeReport().page
        let file = arguments[output] ?? folder + "/report.html"
        try AtomicFile.write(page.html, to: file)
        console.print("report: \(file)")
    }
}
