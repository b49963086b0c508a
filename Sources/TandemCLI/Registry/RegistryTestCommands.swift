import TandemBasics
import TandemDatasets
import TandemRegistry
import TandemTraining

/// `tandem registry ab`: tests of a version on a share of the users.
enum RegistryTestGroup {
    static let group = CommandGroup(
        name: "ab",
        summary: "Test a version on a share of the users and log what comes of it.",
        discussion: """
            A user's group follows from a hash of the identifier and the version's name: it
            stays while the share stays, and a larger share only adds users. The usual
            stages are 0.01, 0.10, 0.50 and 1.00, a week or two each.
            """,
        options: [RegistryOptions.database],
        children: [
            .command(RegistryTestStartCommand.self),
            .command(RegistryTestStageCommand.self),
            .command(RegistryTestNextCommand.self),
            .command(RegistryTestStopCommand.self),
            .command(RegistryAssignCommand.self),
            .command(RegistryLogCommand.self),
            .command(RegistryOutcomeCommand.self),
            .command(RegistryMetricsCommand.self),
            .command(RegistryReportCommand.self),
        ])
}

extension RegistrySession {
    /// Prints a change of a test's share.
    func print(_ stage: TestStage, of type: ModelType, on console: Console) throws {
        func share(_ fraction: Double?) -> String { fraction.map(NumberText.percent) ?? "none" }
        let text =
            stage.fraction == stage.previous
            ? "\(share(stage.fraction)) of the users already; nothing was changed"
            : "share of the users \(share(stage.previous)) -> \(share(stage.fraction))"
        try print("\(type) \(stage.version): \(text)", json: stage.json(of: type), on: console)
    }
}

/// `tandem registry ab start`: begins a test.
struct RegistryTestStartCommand: Command {
    static let declaration = CommandDeclaration(
        name: "start",
        summary: "Begin to test a version in staging against the active one.",
        discussion: """
            The usual beginning is a share of 0.1. Only one test of a type runs at a time.
            """,
        parameters: TestShare.parameters)

    let share: TestShare

    init(_ arguments: ParsedArguments) throws(UsageError) {
        share = try TestShare(arguments)
    }

    func run(on console: Console) throws {
        try share.set(on: console) { registry in
            try registry.startTest(share.version, of: share.type, fraction: share.fraction)
        }
    }
}

/// `tandem registry ab stage`: gives a test another share of the users.
struct RegistryTestStageCommand: Command {
    static let declaration = CommandDeclaration(
        name: "stage",
        summary: "Give the running test of a version another share of the users.",
        discussion: "The beginning of the test is kept; the stage is logged in the history.",
        parameters: TestShare.parameters)

    let share: TestShare

    init(_ arguments: ParsedArguments) throws(UsageError) {
        share = try TestShare(arguments)
    }

    func run(on console: Console) throws {
        try share.set(on: console) { registry in
            try registry.setTestStage(share.version, of: share.type, fraction: share.fraction)
        }
    }
}

/// What the commands that give a test its share of the users have in common.
struct TestShare {
    static let parameters: [any Parameter] = [
        RegistryOptions.version, RolloutOptions.fraction, RegistryOptions.type,
        RegistryOptions.database, SharedOptions.json,
    ]

    let session: RegistrySession
    let version: String
    let fraction: Double
    let type: ModelType

    init(_ arguments: ParsedArguments) throws(UsageError) {
        session = try RegistrySession(arguments)
        version = try arguments.required(RegistryOptions.version)
        fraction = try arguments.required(RolloutOptions.fraction)
        type = try arguments.value(of: RegistryOptions.type) ?? .callingScore
    }

    /// Makes the change and prints what it was.
    func set(on console: Console, _ change: (ModelRegistry) throws -> TestStage) throws {
        try session.print(try change(try session.open()), of: type, on: console)
    }
}

/// `tandem registry ab next`: takes the running test to the next usual stage.
struct RegistryTestNextCommand: Command {
    static let declaration = CommandDeclaration(
        name: "next",
        summary: "Take the running test to its next stage: 0.01, 0.10, 0.50, 1.00.",
        discussion: "Ends with status 1 when all users have been reached.",
        parameters: [RegistryOptions.type, RegistryOptions.database, SharedOptions.json])

    let session: RegistrySession
    let type: ModelType

    init(_ arguments: ParsedArguments) throws(UsageError) {
        session = try RegistrySession(arguments)
        type = try arguments.value(of: RegistryOptions.type) ?? .callingScore
    }

    func run(on console: Console) throws {
        let stage = try session.open().advanceTest(of: type)
        try session.print(stage, of: type, on: console)
    }
}

/// `tandem registry ab stop`: ends a test.
struct RegistryTestStopCommand: Command {
    static let declaration = CommandDeclaration(
        name: "stop",
        summary: "End the test of a version, which stays in staging.",
        parameters: [
            RegistryOptions.version, RegistryOptions.type, RegistryOptions.database,
            SharedOptions.json,
        ])

    let session: RegistrySession
    let version: String
    let type: ModelType

    init(_ arguments: ParsedArguments) throws(UsageError) {
        session = try RegistrySession(arguments)
        version = try arguments.required(RegistryOptions.version)
        type = try arguments.value(of: RegistryOptions.type) ?? .callingScore
    }

    func run(on console: Console) throws {
        let stage = try session.open().stopTest(version, of: type)
        try session.print(stage, of: type, on: console)
    }
}
