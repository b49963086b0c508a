public import TandemBasics
import TandemReports
import TandemDatasets

extension SweepReportContent {
    /// What `optimization_results.json` holds.
    ///
    /// Keys that are missing leave gaps on the page; the same results always give the same content.
    ///
    /// - Parameters:
    ///   - results: the contents of the file.
    ///   - title: name of the sweep.
    ///   - path: the file, which the page and its commands name.
    /// - Throws: `ReportError.badResults` when the file lists no variants.
    public init(results: JSONValue, title: String, path: String) throws(ReportError) {
        guard let entries = results["variants"]?.elements else {
            throw .badResults(path: path, problem: "it has no list 'variants'")
        }
        self.init(title: title, variants: entries.enumerated().map { Variant($1, number: $0 + 1) })
        if let given = results["baseline"], given["test_loss"] != nil {
            baseline = Baseline(
                given["version"]?.stringValue ?? "baseline",
                validation: given["val_loss"]?.double, test: given["test_loss"]?.double)
        }
        let summary = results["summary"]
        chosen = summary?["best_variant"]?.stringValue
        verdict = summary?["verdict"]?.stringValue ?? ""
        reason = "Chosen by validation loss; the test loss is reported and never chooses."
        let environment = results["environment"]
        isRunning = environment != nil && environment?["finished_at"]?.stringValue == nil
        self.environment = environment.map(Self.facts) ?? []
        source = "Made from \(path); " + ReportCommands.makeAgain
        nextSteps = steps(path: path)
    }

    private static func facts(_ environment: JSONValue) -> [ReportPage.Figure] {
        var facts: [ReportPage.Figure] = []
        func add(_ label: String, _ value: String?) {
            if let value { facts.append(ReportPage.Figure(label, value)) }
        }
        func count(_ name: String) -> String? {
            environment[name]?.wholeNumber.map(NumberText.grouped)
        }
        add("Data", environment["data_path"]?.stringValue)
        add("SHA-256", environment["data_sha256"]?.stringValue.map { $0.prefix(12) + "…" })
        add("Rows", count("rows"))
        let split = environment["split"]?.elements?.compactMap(\.wholeNumber) ?? []
        if !split.isEmpty {
            add("Split", split.map(NumberText.grouped).joined(separator: " / "))
        }
        add("Device", environment["device"]?.stringValue)
        add("Jobs", count("threads"))
        add("Seed", environment["seed"].flatMap { try? $0.text() })
        add("Started", environment["started_at"]?.stringValue)
        add("Finished", environment["finished_at"]?.stringValue)
        return facts
    }

    private func steps(path: String) -> [Step] {
        guard let chosen, let best = variants.first(where: { $0.name == chosen }) else {
            return isRunning
                ? []
                : [
                    Step(
                        "See why the variants failed, mend that and start again: does the data "
                            + "file exist and parse, can the folder be written, is the disk full, "
                            + "is the device there?")
                ]
        }
        var steps: [Step] = []
        if best.seeds < 3 {
            steps.append(
                Step(
                    "Repeat the variants with several seeds before believing a small difference: "
                        + "set 'repeats' to 3 or more."))
        }
        guard chosen != baseline?.name else {
            steps.append(
                Step(
                    "Nothing beats the baseline: try bolder values, other architectures, "
                        + "derived features, or more data."))
            return steps
        }
        steps.append(
            Step(
                "Register the chosen model as a new version.",
                command: ReportCommands.register(chosen, of: path)))
        steps.append(
            Step(
                "Test it on a tenth of the users before it serves all of them.",
                command: ReportCommands.startTest))
        steps.append(
            Step(
                "Switch over when the test has enough outcomes, and keep the old version: "
                    + ReportCommands.rollBack))
        return steps
    }
}

extension SweepReportContent.Variant {
    /// An element of `variants`; its place in the list names one that has no name.
    fileprivate init(_ json: JSONValue, number: Int) {
        let configuration = json["config"]
        self.init(
            configuration?["name"]?.stringValue ?? "variant \(number)",
            description: configuration?["description"]?.stringValue ?? "")
        validation = Self.value(json, "val_loss")
        test = Self.value(json, "test_loss")
        training = json["train_loss"]?.double
        validationCurve = Self.curve(json["curves"]?["val_loss"])
        trainingCurve = Self.curve(json["curves"]?["train_loss"])
        bestEpoch = json["best_epoch"]?.wholeNumber
        seconds = json["training_time"]?.double
        parameters = json["params_count"]?.wholeNumber
        seeds = max(1, json["seeds"]?.elements?.count ?? 1)
        error = json["error"]?.stringValue
        if json["success"] == .bool(false), error == nil { error = "no reason given" }
    }

    private static func value(_ json: JSONValue, _ name: String) -> DotPlot.Value? {
        json[name]?.double.map { DotPlot.Value($0, deviation: json["\(name)_std"]?.double) }
    }

    private static func curve(_ json: JSONValue?) -> [Double] {
        json?.elements?.map { $0.double ?? .nan } ?? []
    }
}
