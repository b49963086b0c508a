import TandemBasics

extension DialogueEvaluationReport {
    /// The report for people: the model beside all baselines, the gains, the sources, and at the end the verdict in words.
    public var lines: [String] {
        var lines = introduction
        lines += table.lines
        lines.append("")
        lines += gainTable.lines
        lines.append("")
        lines.append(progressLine)
        lines.append(collapseLine)
        if collapse.isCollapsed {
            lines.append(
                "warning: predictions crowd together where the true answers do not; "
                    + "a contrastive term in the loss drives them apart")
        }
        if let texts {
            lines.append(
                "texts found first against the true ones: ROUGE-L \(NumberText.fixed(texts.rougeL, 3)), "
                    + "BLEU-4 \(NumberText.fixed(texts.bleu4, 3))")
        }
        if !sources.isEmpty { lines += [""] + sourceTable.lines }
        return lines + ["", statement]
    }

    /// Whether the model beats copying the question, in words.
    public var statement: String {
        let gains = [
            ("cosine", gainsOverCopy.cosine), ("MRR", gainsOverCopy.meanReciprocalRank),
        ]
        let clear = gains.filter { $0.1.isClear }
        let open = gains.filter { !$0.1.isClear && $0.1.isPositive }
        let without = gains.filter { !$0.1.isPositive }
        func list(_ gains: [(String, DialogueGain)]) -> String {
            gains.map { "\($0.0) (\($0.1.text))" }.joined(separator: " and ")
        }
        var parts: [String] = []
        if !clear.isEmpty {
            parts.append(
                "beats copying the question on \(list(clear)), "
                    + (clear.count > 1 ? "both intervals exclude 0" : "the interval excludes 0"))
        }
        if !open.isEmpty {
            parts.append(
                "is above copying the question on \(list(open)), but not clearly: "
                    + (open.count > 1 ? "both intervals include 0" : "the interval includes 0"))
        }
        if !without.isEmpty {
            parts.append("does not beat copying the question on \(list(without))")
        }
        return "the model " + parts.joined(separator: "; it ")
    }

    private var introduction: [String] {
        let count = NumberText.grouped(model.count)
        var lines = [
            "\(count) \(run?.part.map { $0 + " " } ?? "")questions, each with \(count) candidates"
        ]
        switch run?.part {
        case "training":
            lines.append("the model has learned from these pairs: the figures are too good")
        case "validation":
            lines.append("these pairs chose the epoch too, which flatters the model")
        default: break
        }
        return lines + [""]
    }

    private var table: TextTable {
        var table = TextTable(["predictor", "cosine", "hit@1", "hit@5", "MRR", "median rank"])
        func append(_ name: String, _ metrics: DialogueMetrics) {
            let values = [
                metrics.meanCosine, metrics.hitAt1, metrics.hitAt5, metrics.meanReciprocalRank,
            ]
            let isWhole = metrics.medianRank.rounded() == metrics.medianRank
            table.append(
                [name] + values.map { NumberText.fixed($0, 4) }
                    + [NumberText.fixed(metrics.medianRank, isWhole ? 0 : 1)])
        }
        for baseline in DialogueBaseline.allCases {
            append(title(of: baseline), baselines[baseline])
        }
        append("model", model)
        return table
    }

    private func title(of baseline: DialogueBaseline) -> String {
        func strength(_ value: Double) -> String {
            ", lambda " + (value == value.rounded() ? NumberText.fixed(value, 0) : "\(value)")
        }
        return switch baseline {
        case .constant, .copy: baseline.title
        case .ridge: baseline.title + strength(regularization.ridge)
        case .ridgeResidual: baseline.title + strength(regularization.ridgeResidual)
        }
    }

    private var gainTable: TextTable {
        var table = TextTable(["gain of the model over", "cosine [95 %]", "MRR [95 %]"])
        for (name, gains) in [("copy", gainsOverCopy), (betterRidge.title, gainsOverRidge)] {
            table.append([name, gains.cosine.text, gains.meanReciprocalRank.text])
        }
        return table
    }

    private var progressLine: String {
        let goal = NumberText.fixed(DialogueProgress.goal, 2)
        let way =
            progressOverCopy.map {
                "\(NumberText.percent($0)) of the way from copying to it"
            } ?? "which copying reaches already"
        return "the cosine is \(NumberText.percent(progress)) of \(goal), " + way
    }

    private var collapseLine: String {
        func spread(_ spread: DialogueCrowding) -> String {
            (spread.meanPairwiseCosine.map { "mean pairwise cosine \(NumberText.fixed($0, 3)), " }
                ?? "") + "effective rank \(NumberText.fixed(spread.effectiveRank, 0))"
        }
        return "spread over \(NumberText.grouped(collapse.count)) rows: predictions "
            + "\(spread(collapse.predictions)); answers \(spread(collapse.answers))"
    }

    private var sourceTable: TextTable {
        var table = TextTable([
            "source", "pairs", "cosine", "copy", "gain [95 %]", "MRR", "copy", "gain [95 %]",
        ])
        for source in sources {
            let (model, copy) = (source.model, source.copy)
            func fixed(_ path: KeyPath<DialogueMetrics, Double>) -> [String] {
                [model[keyPath: path], copy[keyPath: path]].map { NumberText.fixed($0, 3) }
            }
            table.append(
                [source.name, NumberText.grouped(model.count)] + fixed(\.meanCosine)
                    + [source.gains.cosine.text] + fixed(\.meanReciprocalRank)
                    + [source.gains.meanReciprocalRank.text])
        }
        return table
    }
}
