import TandemBasics
import TandemDatasets
import TandemDevices
import TandemRecipes
import TandemTraining

/// What a sweep says on the console while it runs and at its end.
struct SweepConsole<System: SweptExperiment>: Sendable {
    let console: Console
    let configuration: SweepConfiguration<System>
    let isQuiet: Bool

    func start(
        _ plan: SweepPlan<System>, _ data: System.PreparedData, _ given: SweepBaseline?,
        device: any Device,
        jobs: Int
    ) {
        guard !isQuiet else { return }
        console.note("device    \(device.identifier): \(device.name), \(jobs) variants at a time")
        let facts = System.facts(data)
        console.note("data      \(facts.summary)")
        facts.warnings.forEach { console.note("warning: \($0)") }
        if let given {
            console.note(
                "baseline  \(given.version): test loss \(NumberText.fixed(given.testLoss, 6))")
        }
        plan.notes.forEach { console.note("note: \($0)") }
        console.note("Testing \(plan.variants.count) variants")
    }

    /// Tells of a finished variant in one piece, because several run at a time.
    func report(_ event: SweepRunner<System>.Event) {
        guard !isQuiet, case .finished(let result, let number, let total, let baseline) = event
        else { return }
        var lines = [
            "[\(number)/\(total)] \(result.variant.name): \(result.variant.description)"
        ]
        if let reason = result.error {
            lines.append("  Failed: \(reason)")
        } else if let test = result.testLoss, let validation = result.validationLoss {
            let comparison = baseline.map { " (\(percent($0.improvement(test))) vs baseline)" }
            lines.append(
                "  Val Loss: \(NumberText.fixed(validation, 6))  "
                    + "Test Loss: \(NumberText.fixed(test, 6))" + (comparison ?? ""))
            lines.append(
                "  Time: \(NumberText.duration(result.seconds))"
                    + (result.stepMicroseconds.map { ", \(NumberText.fixed($0, 1)) us per step" }
                        ?? ""))
        }
        console.note(lines.joined(separator: "\n"))
    }

    func summary(_ results: SweepResults<System>, _ folder: SweepFolder) {
        console.print("OPTIMIZATION SUMMARY")
        console.print(
            "Variants: \(results.results.count) tested, "
                + "\(results.results.count { $0.isSuccess }) successful, "
                + "\(results.failures.count) failed")
        if let baseline = results.baseline {
            console.print(
                "Baseline: \(baseline.version) (\(baseline.source.rawValue)), "
                    + "test loss \(NumberText.fixed(baseline.testLoss, 6))"
                    + (baseline.validationLoss.map {
                        ", val loss \(NumberText.fixed($0, 6))"
                    } ?? ""))
        }
        console.print(ranking(results))
        if let figures = figures(results) { console.print(figures) }
        if let gains = gains(results) { console.print(gains) }
        if let best = results.best { printBest(best, results) }
        for failure in results.failures {
            console.print("Failed: \(failure.variant.name): \((failure.error ?? "").prefix(100))")
        }
        if results.best != nil { printNextSteps(folder) }
        console.print("results: \(folder.results)")
        console.print("report: \(folder.report)")
    }

    private func ranking(_ results: SweepResults<System>) -> TextTable {
        var table = TextTable(
            ["Rank", "Name", "Val Loss", "Test Loss", "Time (s)", "Improvement"],
            alignments: [.right, .left, .right, .right, .right, .right])
        for (index, result) in results.ranking.prefix(5).enumerated() {
            table.append([
                "\(index + 1)", result.variant.name,
                NumberText.fixed(result.validationLoss ?? .nan, 6),
                NumberText.fixed(result.testLoss ?? .nan, 6),
                NumberText.fixed(result.seconds, 2),
                results.improvement(result).map(percent) ?? "",
            ])
        }
        return table
    }

    /// Further figures of the test data, mean and standard error, in the order of the ranking; `nil` where there are none.
    private func figures(_ results: SweepResults<System>) -> TextTable? {
        let names = Set(results.ranking.flatMap { Array($0.figures.keys) }).sorted()
        guard !names.isEmpty else { return nil }
        var table = TextTable(
            ["Name"] + names, alignments: [.left] + names.map { _ in .right })
        for result in results.ranking {
            let figures = result.figures
            table.append(
                [label(result)]
                    + names.map { name in
                        guard let figure = figures[name] else { return "" }
                        return NumberText.fixed(figure.mean, 3)
                            + (figure.standardError.map { " ± \(NumberText.fixed($0, 3))" } ?? "")
                    })
        }
        return table
    }

    /// What variants gain over references, with the interval over groups of examples; `nil` where nothing is compared.
    private func gains(_ results: SweepResults<System>) -> TextTable? {
        var table = TextTable(
            ["Name", "Gain of", "Mean", "95 % interval", "Groups"],
            alignments: [.left, .left, .right, .right, .right])
        var isEmpty = true
        for result in results.ranking {
            for gain in result.gains {
                isEmpty = false
                table.append([
                    label(result), gain.name, NumberText.fixed(gain.mean, 4),
                    gain.interval.map {
                        "\(NumberText.fixed($0.lowerBound, 4)) to \(NumberText.fixed($0.upperBound, 4))"
                    } ?? "", "\(gain.groups)",
                ])
            }
        }
        return isEmpty ? nil : table
    }

    /// The name of a variant; a combination of values has but a number for a name, so that its values stand behind it.
    private func label(_ result: SweepResult<System>) -> String {
        configuration.grid
            ? "\(result.variant.name): \(result.variant.description)" : result.variant.name
    }

    private func printBest(_ best: SweepResult<System>, _ results: SweepResults<System>) {
        let settings = System.settings(best.variant.configuration)
            .map { "\(TestFigures.words($0.name)) \((try? $0.value.text()) ?? "")" }
            .joined(separator: ", ")
        console.print("BEST VARIANT (by validation loss): \(best.variant.name)")
        let facts: [(String, String)] = [
            (
                "Test Loss",
                NumberText.fixed(best.testLoss ?? .nan, 6)
                    + (results.improvement(best).map { " (\(percent($0)) vs baseline)" } ?? "")
            ),
            ("Val Loss", NumberText.fixed(best.validationLoss ?? .nan, 6)),
            ("Training Time", NumberText.duration(best.seconds)),
            ("Model Size", NumberText.fixed(Double(best.modelBytes ?? 0) / 1024, 1) + " KB"),
            ("Parameters", NumberText.grouped(best.parameterCount ?? 0)),
            ("Description", best.variant.description),
            ("Configuration", settings),
        ]
        facts.forEach { console.print("  \($0): \($1)") }
        if let verdict = results.verdict { console.print("  \(verdict)") }
    }

    private func printNextSteps(_ folder: SweepFolder) {
        console.print("Next steps:")
        console.print(
            "  register   tandem registry register VERSION --from-results \(folder.results) "
                + "--variant best")
        console.print("  A/B test   tandem registry ab start VERSION 0.1")
        console.print("  deploy     tandem registry switch VERSION")
    }

    /// A signed percentage with two decimals.
    private func percent(_ value: Double) -> String {
        (value < 0 ? "" : "+") + NumberText.fixed(value, 2) + "%"
    }
}
