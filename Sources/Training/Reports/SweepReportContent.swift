import TandemBasics
package import TandemReports
import TandemDatasets

/// What the page of a sweep shows.
struct SweepReportContent: Equatable {
    /// One variant; losses are means over the seeds, `nil` when it failed.
    struct Variant: Equatable {
        var name: String
        var description = ""
        var validation: DotPlot.Value?
        var test: DotPlot.Value?
        var training: Double?
        /// Validation loss after each epoch, of the first or the best seed.
        var validationCurve: [Double] = []
        /// Training loss of each epoch of the same seed.
        var trainingCurve: [Double] = []
        /// The epoch whose weights are kept.
        var bestEpoch: Int?
        var seconds: Double?
        var parameters: Int?
        var seeds = 1
        var error: String?

        /// Whether it has a validation loss to be ranked by.
        var isRanked: Bool { error == nil && validation?.mean.isFinite == true }
    }

    /// What the variants are compared with: a variant of this sweep, or losses from elsewhere.
    struct Baseline: Equatable {
        var name: String
        var validation: Double?
        var test: Double?
    }

    /// Something to do next, and the command for it.
    struct Step: Equatable {
        var text: String
        var command = ""
    }

    var title: String
    var baseline: Baseline?
    /// The variants in the order of the sweep, failed ones among them.
    var variants: [Variant]
    var chosen: String?
    /// Whether its lead is more than seed noise, in a sentence.
    var verdict = ""
    /// Where and on what the sweep ran.
    var environment: [ReportPage.Figure] = []
    var nextSteps: [Step] = []
    var isRunning = false
    /// Where the figures come from, for the foot of the page.
    var source = ""

    /// The variants that finished, by validation loss; equal ones in the order of the sweep.
    var ranking: [Variant] {
        variants.enumerated().filter { $0.element.isRanked }
            .sorted {
                ($0.element.validation?.mean ?? .infinity, $0.offset)
                    < ($1.element.validation?.mean ?? .infinity, $1.offset)
            }
            .map(\.element)
    }

    /// The variants without a validation loss.
    var failures: [Variant] { variants.filter { !$0.isRanked } }

    /// How far a loss lies below the baseline's, as a share of the baseline's: positive is better.
    static func gain(_ loss: Double?, over baseline: Double?) -> Double? {
        guard let loss, let baseline, baseline != 0 else { return nil }
        return (baseline - loss) / baseline
    }

    /// A gain in percent with its sign, a true minus.
    static func text(ofGain gain: Double) -> String {
        let text = NumberText.change(gain)
        return text.hasPrefix("-") ? "\u{2212}" + text.dropFirst() : text
    }
}

extension SweepReportContent {
    /// What `optimization_results.json` holds.
    ///
    /// Keys that are missing leave gaps on the page; the same results always give the same content. `path` is the file, which
    /// the page and its commands name. Throws `ReportError.badResults` when the file lists no variants.
    init(results: JSONValue, title: String, path: String) throws(ReportError) {
        guard let entries = results["variants"]?.elements else {
            throw .badResults(path: path, problem: "it has no list 'variants'")
        }
        self.init(title: title, variants: entries.enumerated().map { Variant($1, number: $0 + 1) })
        if let given = results["baseline"], given["test_loss"] != nil {
            baseline = Baseline(
                name: given["version"]?.stringValue ?? "baseline",
                validation: given["val_loss"]?.double, test: given["test_loss"]?.double)
        }
        chosen = results["summary"]?["best_variant"]?.stringValue
        verdict = results["summary"]?["verdict"]?.stringValue ?? ""
        if let environment = results["environment"] {
            isRunning = environment["finished_at"]?.stringValue == nil
            self.environment = Self.facts(environment)
        }
        source = "Made from \(path); " + ReportCommands.makeAgain
        nextSteps = steps(path: path)
    }

    private static func facts(_ environment: JSONValue) -> [ReportPage.Figure] {
        let split = environment["split"]?.elements?.compactMap(\.wholeNumber) ?? []
        return ReportPage.Figure.known([
            "Data": environment["data_path"]?.stringValue,
            "SHA-256": environment["data_sha256"]?.stringValue.map { $0.prefix(12) + "…" },
            "Rows": environment["rows"]?.wholeNumber.map(NumberText.grouped),
            "Split": split.isEmpty
                ? nil : split.map(NumberText.grouped).joined(separator: " / "),
            "Device": environment["device"]?.stringValue,
            "Jobs": environment["threads"]?.wholeNumber.map(NumberText.grouped),
            "Seed": environment["seed"].flatMap { try? $0.text() },
            "Started": environment["started_at"]?.stringValue,
            "Finished": environment["finished_at"]?.stringValue,
        ])
    }

    private func steps(path: String) -> [Step] {
        guard let best = variants.first(where: { $0.name == chosen }) else {
            let advice = Step(
                text: "See why the variants failed, mend that and start again: does the data file "
                    + "exist and parse, can the folder be written, is the disk full, is the device "
                    + "there?")
            return isRunning ? [] : [advice]
        }
        let repeats = Step(
            text: "Repeat the variants with several seeds before believing a small difference: "
                + "set 'repeats' to 3 or more.")
        let next =
            best.name == baseline?.name
            ? [
                Step(
                    text: "Nothing beats the baseline: try bolder values, other architectures, "
                        + "derived features, or more data.")
            ]
            : [
                Step(
                    text: "Register the chosen model as a new version.",
                    command: ReportCommands.register(best.name, of: path)),
                Step(
                    text: "Test it on a tenth of the users before it serves all of them.",
                    command: ReportCommands.startTest),
                Step(
                    text: "Switch over when the test has enough outcomes, and keep the old "
                        + "version: " + ReportCommands.rollBack),
            ]
        return (best.seeds < 3 ? [repeats] : []) + next
    }
}

extension SweepReportContent.Variant {
    /// An element of `variants`; its place in the list names one that has no name.
    fileprivate init(_ json: JSONValue, number: Int) {
        func value(_ name: String) -> DotPlot.Value? {
            json[name]?.double.map { DotPlot.Value($0, deviation: json["\(name)_std"]?.double) }
        }
        func curve(_ name: String) -> [Double] {
            json["curves"]?[name]?.elements?.map { $0.double ?? .nan } ?? []
        }
        let configuration = json["config"]
        self.init(
            name: configuration?["name"]?.stringValue ?? "variant \(number)",
            description: configuration?["description"]?.stringValue ?? "",
            validation: value("val_loss"), test: value("test_loss"),
            training: json["train_loss"]?.double, validationCurve: curve("val_loss"),
            trainingCurve: curve("train_loss"), bestEpoch: json["best_epoch"]?.wholeNumber,
            seconds: json["training_time"]?.double, parameters: json["params_count"]?.wholeNumber,
            seeds: max(1, json["seeds"]?.elements?.count ?? 1),
            error: json["error"]?.stringValue)
        if json["success"] == .bool(false), error == nil { error = "no reason given" }
    }
}

/// The page of a sweep made from the files in its folder.
package enum SweepReportFile {
    /// The file in `folder` that makes it the folder of a sweep.
    package static func results(in folder: String) -> String {
        folder + "/optimization_results.json"
    }

    /// The page of the sweep in `folder`, with the name that `config.json` gives it, or the folder's.
    ///
    /// Throws `FileError` when the results cannot be read, `ReportError.badResults` when they are no results.
    package static func page(in folder: String) throws -> ReportPage {
        let path = results(in: folder)
        let bytes = try WholeFile.read(path)
        let configuration = try? JSONValue.parse(WholeFile.read(folder + "/config.json"))
        let title = configuration?["name"]?.stringValue ?? folder.lastPathComponent
        do {
            let results = try JSONValue.parse(bytes)
            return SweepReport(
                content: try SweepReportContent(results: results, title: title, path: path)
            ).page
        } catch let problem as JSONProblem {
            throw ReportError.badResults(path: path, problem: "\(problem)")
        }
    }
}
