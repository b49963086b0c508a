public import TandemBasics

/// The share of users under test, before and after a change.
public struct TestStage: Equatable, Sendable {
    /// The version under test.
    public let version: String
    /// The share before; nil without a test.
    public let previous: Double?
    /// The share now; nil without a test.
    public let fraction: Double?

    /// The change as a JSON object.
    public func json(of type: ModelType) -> JSONValue {
        [
            "model_type": .string(type.name), "version": .string(version),
            "previous_ab_traffic": JSONValue(previous), "ab_traffic": JSONValue(fraction),
        ]
    }
}

extension ModelRegistry {
    /// The version under test; nil if there is none.
    public func versionInTest(of type: ModelType) throws -> VersionRecord? {
        try versions(of: type).first { $0.isInTest }
    }

    /// Begins to test a version against the active one.
    ///
    /// The version must be in staging and have a model; the fraction is above 0 and limited to 1. Throws
    /// `RolloutError` when no version is active, another test of the type runs or the fraction is empty;
    /// `RegistryError` when the version is unknown, not in staging, or its file is gone or another one.
    @discardableResult
    public func startTest(
        _ version: String, of type: ModelType, fraction: Double
    ) throws -> TestStage {
        let fraction = try Self.limited(fraction)
        return try database.transaction {
            let candidate = try self.version(version, of: type)
            guard candidate.status == .staging else {
                throw refusal("test", candidate, "only versions in staging are tested")
            }
            if let running = try versionInTest(of: type) {
                throw RolloutError.testRunning(
                    type: type.name, version: version, running: running.version)
            }
            guard let active = try activeVersion(of: type) else {
                throw RolloutError.noActiveVersion(type: type.name)
            }
            try requireModel(of: candidate)
            let now = database.clock.now()
            try update(
                version, of: type, at: now, ["ab_traffic": fraction, "ab_start": now])
            try record(
                .testStart, type, to: version,
                detail: [
                    JSONMember("ab_traffic", .number(fraction)),
                    JSONMember("control", .string(active.version)),
                ], at: now)
            return TestStage(version: version, previous: nil, fraction: fraction)
        }
    }

    /// Gives a running test another share of the users; its beginning is kept.
    ///
    /// - Returns: the shares before and after; equal ones leave no line in the history.
    /// - Throws: `RolloutError` when the version is not under test or the fraction is empty; `RegistryError` when it
    ///   is unknown.
    @discardableResult
    public func setTestStage(
        _ version: String, of type: ModelType, fraction: Double
    ) throws -> TestStage {
        let fraction = try Self.limited(fraction)
        return try database.transaction {
            try changeTest(of: try self.version(version, of: type), to: fraction, .testStage)
        }
    }

    /// Takes the running test to the next rung of a ladder.
    ///
    /// - Throws: `RolloutError` when no test of the type runs or it has reached the top.
    @discardableResult
    public func advanceTest(
        of type: ModelType, ladder: RolloutLadder = .standard
    ) throws -> TestStage {
        try database.transaction {
            guard let running = try versionInTest(of: type), let present = running.testFraction
            else { throw RolloutError.noTest(type: type.name, version: nil) }
            guard let next = ladder.rung(after: present) else {
                throw RolloutError.ladderEnds(
                    type: type.name, version: running.version, fraction: present)
            }
            return try changeTest(of: running, to: next, .testStage)
        }
    }

    /// Ends the test of a version, which stays in staging.
    ///
    /// - Throws: `RolloutError.noTest` when it is not under test; `RegistryError` when it is unknown.
    @discardableResult
    public func stopTest(_ version: String, of type: ModelType) throws -> TestStage {
        try database.transaction {
            try changeTest(of: try self.version(version, of: type), to: nil, .testStop)
        }
    }

    private func changeTest(
        of record: VersionRecord, to fraction: Double?, _ action: DeploymentAction
    ) throws -> TestStage {
        guard record.isInTest, let previous = record.testFraction else {
            throw RolloutError.noTest(type: record.type.name, version: record.version)
        }
        let stage = TestStage(version: record.version, previous: previous, fraction: fraction)
        if previous == fraction { return stage }
        let now = database.clock.now()
        try update(record.version, of: record.type, at: now, ["ab_traffic": fraction])
        try self.record(
            action, record.type, to: record.version,
            detail: [
                JSONMember("old_ab_traffic", .number(previous)),
                JSONMember("ab_traffic", JSONValue(fraction)),
            ], at: now)
        return stage
    }

    private static func limited(_ fraction: Double) throws(RolloutError) -> Double {
        guard fraction > 0 else { throw .emptyFraction(fraction) }
        return min(fraction, 1)
    }
}

/// The shares of users that a test goes through, one after the other.
public struct RolloutLadder: Equatable, Sendable {
    /// The shares, rising.
    public let rungs: [Double]

    /// One in a hundred, one in ten, half, all.
    public static let standard = RolloutLadder([0.01, 0.10, 0.50, 1.00])

    /// A ladder of these shares; sorted, and limited to 0...1 without 0.
    public init(_ rungs: [Double]) {
        self.rungs = Set(rungs.filter { $0 > 0 && $0 <= 1 }).sorted()
    }

    /// The first rung above a share; nil at the top.
    public func rung(after fraction: Double) -> Double? {
        rungs.first { $0 > fraction }
    }
}
