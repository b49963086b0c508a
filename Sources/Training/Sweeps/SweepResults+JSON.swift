package import TandemBasics
import TandemDatasets

extension SweepResults {
    /// The contents of `optimization_results.json` as text.
    public func text() throws -> String { try json.text(isIndented: true) }

    /// The contents of `optimization_results.json`; losses of failed variants are `null`.
    var json: JSONValue {
        .object([
            JSONMember("baseline", baselineJSON),
            JSONMember("variants", .array(results.map(variantJSON))),
            JSONMember("summary", summaryJSON),
            JSONMember("environment", environment.json),
        ])
    }

    private var baselineJSON: JSONValue {
        guard let baseline else { return .null }
        return .object([
            JSONMember("test_loss", .finite(baseline.testLoss)),
            JSONMember("val_loss", .finite(baseline.validationLoss)),
            JSONMember("version", .string(baseline.version)),
            JSONMember("source", .string(baseline.source.rawValue)),
        ])
    }

    private func variantJSON(_ result: SweepResult<System>) -> JSONValue {
        .object(
            [
                JSONMember("config", result.variant.json),
                JSONMember("test_loss", .finite(result.testLoss)),
                JSONMember("val_loss", .finite(result.validationLoss)),
                JSONMember("train_loss", .finite(result.trainingLoss)),
                JSONMember("best_epoch", .integer(result.best?.bestEpoch)),
                JSONMember("epochs_run", .integer(result.best?.epochsRun)),
                JSONMember("training_time", .finite(result.isSuccess ? result.seconds : nil)),
                JSONMember("step_time_us", .finite(result.stepMicroseconds)),
                JSONMember("model_size_kb", .finite(result.modelBytes.map { Double($0) / 1024 })),
                JSONMember("params_count", .integer(result.parameterCount)),
                JSONMember("improvement_vs_baseline", .finite(improvement(result))),
                JSONMember("success", .bool(result.isSuccess)),
                JSONMember("error", .string(result.error)),
                // From the folder of the results, so that the folder can be moved.
                JSONMember("model_path", .string(result.modelPath?.lastPathComponent)),
                JSONMember("seeds", .array(result.seeds.map(\.json))),
                JSONMember("val_loss_std", .finite(result.validationDeviation)),
                JSONMember("test_loss_std", .finite(result.testDeviation)),
                JSONMember("curves", result.curves?.json ?? .null),
            ] + paired(result) + gains(result))
    }

    /// Where there are several pairs, the comparison with the baseline of this sweep.
    private func paired(_ result: SweepResult<System>) -> [JSONMember] {
        guard let baseline = ownBaseline, result.isSuccess, !result.variant.isBaseline,
            let comparison = result.comparison(with: baseline), comparison.pairs > 1
        else { return [] }
        let figures: [JSONMember] = [
            JSONMember("pairs", .integer(comparison.pairs)),
            JSONMember("val_loss_difference", .finite(comparison.meanDifference)),
            JSONMember("val_loss_difference_std", .finite(comparison.deviation)),
            JSONMember("standard_errors", .finite(comparison.standardErrors)),
        ]
        return [JSONMember("paired", .object(figures))]
    }

    /// Where the system knows of references, the gains over them.
    private func gains(_ result: SweepResult<System>) -> [JSONMember] {
        let gains = result.gains.map { gain in
            JSONValue.object([
                JSONMember("name", .string(gain.name)), JSONMember("mean", .finite(gain.mean)),
                JSONMember("low", .finite(gain.interval?.lowerBound)),
                JSONMember("high", .finite(gain.interval?.upperBound)),
                JSONMember("groups", .integer(gain.groups)),
            ])
        }
        return gains.isEmpty ? [] : [JSONMember("gains", .array(gains))]
    }

    private var summaryJSON: JSONValue {
        .object([
            JSONMember("total_variants", .integer(results.count)),
            JSONMember("successful", .integer(results.count { $0.isSuccess })),
            JSONMember("failed", .integer(failures.count)),
            JSONMember("best_variant", .string(best?.variant.name)),
            JSONMember("best_val_loss", .finite(best?.validationLoss)),
            JSONMember("best_test_loss", .finite(best?.testLoss)),
            JSONMember("improvement_over_baseline", .finite(best.flatMap(improvement))),
            JSONMember("selected_by", .string("val_loss")),
            JSONMember("verdict", .string(verdict)),
        ])
    }
}

extension SweepVariant {
    fileprivate var json: JSONValue {
        .object(
            [JSONMember("name", .string(name))] + System.settings(configuration) + [
                JSONMember("description", .string(description)),
                JSONMember("seed", .unsigned(configuration.seed)),
            ])
    }
}

extension SweepEnvironment {
    fileprivate var json: JSONValue {
        .object([
            JSONMember("device", .string(device)),
            JSONMember("threads", .integer(jobs)),
            JSONMember("seed", .unsigned(seed)),
            JSONMember("data_path", .string(data.path)),
            JSONMember("data_sha256", .string(data.hash)),
            JSONMember("split_sha256", .string(data.splitHash)),
            JSONMember("rows", .integer(data.count)),
            JSONMember("split", .array(data.split.map { .integer($0) })),
            JSONMember("started_at", .string(startedAt)),
            JSONMember("finished_at", .string(finishedAt)),
        ])
    }
}

extension SweepSeedResult {
    fileprivate var json: JSONValue {
        .object(
            [JSONMember("seed", .unsigned(seed))]
                + (fold.map { [JSONMember("fold", .integer($0))] } ?? []) + [
                    JSONMember("val_loss", .finite(validationLoss)),
                    JSONMember("test_loss", .finite(testLoss)),
                    JSONMember("train_loss", .finite(trainingLoss)),
                    JSONMember("best_epoch", .integer(bestEpoch)),
                    JSONMember("epochs_run", .integer(epochsRun)),
                    JSONMember("steps", .integer(steps)),
                    JSONMember("step_seconds", .finite(stepSeconds)),
                    JSONMember("seconds", .finite(seconds)),
                ] + figureMembers + gainMembers)
    }

    private var gainMembers: [JSONMember] {
        guard let gains else { return [] }
        return [JSONMember("gains", .array(gains.map(\.json)))]
    }

    private var figureMembers: [JSONMember] {
        guard let figures else { return [] }
        let members = figures.sorted { $0.key < $1.key }.map {
            JSONMember($0.key, .finite($0.value))
        }
        return [JSONMember("figures", .object(members))]
    }

    init?(_ json: JSONValue) {
        guard let seed = json["seed"]?.seed,
            let validationLoss = json["val_loss"]?.double,
            let testLoss = json["test_loss"]?.double,
            let trainingLoss = json["train_loss"]?.double,
            let bestEpoch = json["best_epoch"]?.wholeNumber,
            let epochsRun = json["epochs_run"]?.wholeNumber,
            let steps = json["steps"]?.wholeNumber,
            let stepSeconds = json["step_seconds"]?.double,
            let seconds = json["seconds"]?.double
        else { return nil }
        self.init(
            seed: seed, fold: json["fold"]?.wholeNumber, validationLoss: validationLoss,
            testLoss: testLoss, trainingLoss: trainingLoss, bestEpoch: bestEpoch,
            epochsRun: epochsRun, steps: steps, stepSeconds: stepSeconds, seconds: seconds)
        if case .array(let list)? = json["gains"] { gains = list.compactMap(GroupedGain.init) }
        guard case .object(let members)? = json["figures"] else { return }
        figures = Dictionary(
            members.compactMap { member in member.value.double.map { (member.name, $0) } },
            uniquingKeysWith: { first, _ in first })
    }
}

extension GroupedGain {
    fileprivate var json: JSONValue {
        .object([
            JSONMember("name", .string(name)),
            JSONMember("groups", .array(groups.map { .integer($0) })),
            JSONMember("counts", .array(counts.map { .integer($0) })),
            JSONMember("sums", .array(sums.map { .finite($0) })),
        ])
    }

    fileprivate init?(_ json: JSONValue) {
        guard let name = json["name"]?.stringValue,
            case .array(let groups)? = json["groups"], case .array(let counts)? = json["counts"],
            case .array(let sums)? = json["sums"]
        else { return nil }
        self.init(
            name: name, groups: groups.compactMap(\.wholeNumber),
            counts: counts.compactMap(\.wholeNumber), sums: sums.compactMap(\.double))
        guard self.groups.count == groups.count, self.counts.count == groups.count,
            self.sums.count == groups.count
        else { return nil }
    }
}

extension SweepCurves {
    fileprivate var json: JSONValue {
        .object([
            JSONMember("train_loss", .array(training.map { .finite($0) })),
            JSONMember("val_loss", .array(validation.map { .finite($0) })),
        ])
    }

    init?(_ json: JSONValue) {
        guard case .array(let training)? = json["train_loss"],
            case .array(let validation)? = json["val_loss"]
        else { return nil }
        self.init(
            training: training.map { $0.double ?? .nan },
            validation: validation.map { $0.double ?? .nan })
    }
}

extension SweepResult {
    /// The finished result of `variant` that an earlier part of the sweep wrote, `nil` when it has none that can be used:
    /// failed, of other settings, seeds or folds, or without its model file at `model`.
    init?(
        _ variant: SweepVariant<System>, earlier json: JSONValue, cells wanted: [SweepCell],
        model: String
    ) {
        let configuration = try? variant.json.text()
        guard case .array(let entries)? = json["variants"],
            let entry = entries.first(where: {
                $0["config"]?["name"] == .string(variant.name) && $0["success"] == .bool(true)
            }),
            case .array(let list)? = entry["seeds"],
            let found = try? entry["config"]?.text(), found == configuration
        else { return nil }
        let seeds = list.compactMap(SweepSeedResult.init)
        guard seeds.map({ SweepCell(seed: $0.seed, fold: $0.fold) }) == wanted,
            let bytes = try? WholeFile.read(model)
        else { return nil }
        self.init(
            variant: variant, seeds: seeds, curves: entry["curves"].flatMap(SweepCurves.init),
            parameterCount: entry["params_count"]?.wholeNumber, modelPath: model,
            modelBytes: bytes.count, error: nil)
    }
}

extension JSONValue {
    /// A number, or `null` for none and for numbers that JSON cannot express.
    package static func finite(_ value: Double?) -> JSONValue {
        guard let value, value.isFinite else { return .null }
        return .number(value)
    }

    /// A whole number, or `null` for none.
    package static func integer(_ value: Int?) -> JSONValue {
        guard let value else { return .null }
        return .integer(value)
    }

    /// A text, or `null` for none.
    fileprivate static func string(_ value: String?) -> JSONValue {
        guard let value else { return .null }
        return .string(value)
    }

    /// The value as a seed.
    fileprivate var seed: UInt64? {
        switch self {
        case .integer(let value): UInt64(exactly: value)
        case .unsigned(let value): value
        default: nil
        }
    }
}
