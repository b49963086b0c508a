import TandemRegistry

extension Advice {
    /// What to do about an error of the registry.
    static func registry(_ error: RegistryError) -> String? {
        switch error {
        case .database(_, let problem): database(problem)
        case .versionExists(_, _, let status): status == .staging ? "--replace replaces it" : nil
        case .underTest(_, let version): "use 'tandem registry ab stop \(version)'"
        case .nothingToRollBackTo(_, let active):
            active == nil ? nil : "'tandem registry list' shows them"
        case .unknownDataSource: "--data-source names it"
        case .model(_, .wrongWidth): "--type names the type"
        case .noModel(_, let version):
            "use 'tandem registry register \(version) --model-path FILE --replace'"
        case .noModelFile: "--model-path names it"
        case .notAnExport: "'tandem registry export' makes one"
        case .notEmpty: "--replace puts the imported rows in the place of what is there"
        default: nil
        }
    }

    private static func database(_ problem: DatabaseProblem) -> String? {
        switch problem {
        case .missing: "'tandem registry init' sets one up, --db names the file"
        case .empty: "use 'tandem registry init'"
        case .notADatabase, .foreign: "--db names the file"
        case .unexpectedValue: "use 'tandem registry verify'"
        default: nil
        }
    }

    /// What to do when a test, an outcome or a retraining was refused.
    static func rollout(_ error: RolloutError) -> String? {
        switch error {
        case .noActiveVersion: "use 'tandem registry switch VERSION'"
        case .testRunning(_, let version, let running):
            version == running
                ? "use 'tandem registry ab stage \(version) FRACTION'"
                : "use 'tandem registry ab stop \(running)'"
        case .noTest(_, let version):
            "use 'tandem registry ab start \(version ?? "VERSION") 0.1'"
        case .emptyFraction: "use 'tandem registry ab stop'"
        case .ladderEnds(_, let version, _): "use 'tandem registry switch \(version)'"
        case .outcomeKnown: "--replace overwrites it"
        case .tooFewRecords: "use 'tandem registry records import FILE'"
        default: nil
        }
    }
}
