public import TandemConfiguration

/// The configuration of a whole experiment: what every system's configuration has besides its own sections.
public protocol ExperimentConfiguration: Configuration {
    /// Name of the experiment, used for the run directory.
    var name: String { get }
    /// Seed of initial weights, dropout masks and the order of the data.
    var seed: UInt64 { get }
    /// How to train.
    var training: TrainingConfiguration { get }

    /// The settings that a resumed run may change.
    ///
    /// All others determine the model, the order of the data or what the saved state means.
    static var changeableInRun: [String] { get }
}

extension ExperimentConfiguration {
    /// Settings of how long and how fast to train, which a resumed run of any system may change.
    public static var changeableInEveryRun: [String] {
        [
            "name", "training.epochs", "training.clipNorm", "training.logEverySteps",
            "training.checkpointEverySteps", "training.optimizer.learningRate",
            "training.optimizer.weightDecay", "training.schedule.warmUpFraction",
            "training.schedule.floor", "training.earlyStopping.patience",
            "training.earlyStopping.threshold",
        ]
    }

    /// Reports a name that cannot name a run directory.
    public func checkName(_ checks: inout ConfigurationChecks) {
        checks.require(
            !name.isEmpty && !name.contains("/"), "name", name,
            mustBe: "a word without a slash; it names the run directory")
    }

    /// Reports early stopping, a schedule or a health check that watches a metric that is not measured, before an epoch is
    /// wasted on it.
    public func checkMetrics(_ checks: inout ConfigurationChecks, known: [String]) {
        var watched: [(key: String, metric: String)] = []
        if let metric = training.earlyStopping?.metric {
            watched.append(("training.earlyStopping.metric", metric))
        }
        if training.schedule.kind == .plateau {
            watched.append(("training.schedule.metric", training.schedule.metric))
        }
        if training.health.gap > 0 {
            watched.append(("training.health.gapMetric", training.health.gapMetric))
        }
        for (key, metric) in watched {
            checks.require(
                known.contains(metric), key, "'\(metric)'",
                mustBe: "one of " + known.joined(separator: ", "))
        }
    }
}
