import Testing

@testable import TandemCLI

/// A command with one parameter of each kind, which records what it was given.
private struct SampleCommand: Command {
    static let input = Positional<String>("input", help: "")
    static let count = Option<Int?>("count", "n", help: "")
    static let rate = Option<Double>("rate", "x", help: "")
    static let tags = Option<[String]>("tag", "name", help: "")
    static let verbose = Flag("verbose", help: "")
    static let declaration = CommandDeclaration(
        name: "sample", summary: "Sample.", parameters: [input, count, rate, tags, verbose])

    let input: String
    let count: Int?
    let rate: Double
    let tags: [String]
    let isVerbose: Bool

    init(parsing arguments: [String]) throws(UsageError) {
        let arguments = try ArgumentParser.parse(arguments, for: Self.declaration)
        input = arguments[Self.input]
        count = arguments[Self.count]
        rate = arguments[Self.rate]
        tags = arguments[Self.tags]
        isVerbose = arguments[Self.verbose]
    }

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        switch arguments[input] {
        case "fail": throw SampleFailure()
        case "stop": throw Interrupted(description: "Stopped.")
        default: console.print("ran")
        }
    }
}

private struct SampleFailure: Error, CustomStringConvertible {
    let description = "it broke"
}

@Suite struct ArgumentParserTests {
    private func failure(_ arguments: [String]) -> UsageError? {
        do throws(UsageError) {
            _ = try SampleCommand(parsing: arguments)
            return nil
        } catch {
            return error
        }
    }

    @Test func readsEveryKindOfParameter() throws {
        let command = try SampleCommand(parsing: [
            "--tag", "a", "in.txt", "--count=3", "--verbose", "--rate", "2.5", "--tag=b=c",
        ])
        #expect(command.input == "in.txt")
        #expect(command.count == 3)
        #expect(command.rate == 2.5)
        #expect(command.tags == ["a", "b=c"])
        #expect(command.isVerbose)
    }

    @Test func leavesOutOptionalParameters() throws {
        let command = try SampleCommand(parsing: ["in.txt", "--rate", "1"])
        #expect(command.count == nil)
        #expect(command.tags == [])
        #expect(!command.isVerbose)
    }

    @Test func everythingAfterTheTerminatorIsPositional() throws {
        let command = try SampleCommand(parsing: ["--rate=1", "--", "--count"])
        #expect(command.input == "--count")
        #expect(failure(["--rate=1", "--", "a", "--b"]) == .unexpectedArguments(["--b"]))
    }

    @Test func acceptsNegativeNumbersEmptyTextAndASingleDash() throws {
        #expect(try SampleCommand(parsing: ["a", "--rate", "-2.5e-3"]).rate == -2.5e-3)
        #expect(try SampleCommand(parsing: ["-", "--rate=1", "--tag="]).tags == [""])
        #expect(try SampleCommand(parsing: ["-", "--rate=1", "--tag", "-"]).tags == ["-"])
        #expect(try SampleCommand(parsing: ["-5", "--rate=1"]).input == "-5")
    }

    @Test func refusesUnknownOptions() {
        let known = ["count", "rate", "tag", "verbose", "help", "version"]
        #expect(failure(["--cuont", "3"]) == .unknownOption("--cuont", known: known))
        #expect(failure(["-c", "3"]) == .unknownOption("-c", known: known))
        // The name of a positional parameter is not an option.
        #expect(failure(["--input", "3"]) == .unknownOption("--input", known: known))
        let text = "\(UsageError.unknownOption("--cuont", known: known))"
        #expect(text == "Unknown option '--cuont'. Did you mean '--count'?")
    }

    @Test(arguments: [["a", "--count"], ["a", "--count", "--verbose"], ["a", "--count", "--"]])
    func refusesMissingValues(arguments: [String]) {
        #expect(failure(arguments) == .missingValue(spelling: "--count <n>"))
    }

    @Test func refusesMissingParameters() {
        #expect(failure(["--rate", "1"]) == .missingArgument(spelling: "<input>"))
        #expect(failure(["in.txt"]) == .missingArgument(spelling: "--rate <x>"))
    }

    @Test(arguments: ["", "1.5", "abc", "99999999999999999999"])
    func refusesTextThatIsNotAWholeNumber(text: String) {
        let expected = UsageError.invalidValue(
            spelling: "--count <n>", value: text, expectation: "a whole number")
        #expect(failure(["a", "--rate=1", "--count=\(text)"]) == expected)
    }

    @Test(arguments: ["nan", "inf", "1e999", "x"])
    func refusesTextThatIsNotAFiniteNumber(text: String) {
        let expected = UsageError.invalidValue(
            spelling: "--rate <x>", value: text, expectation: "a finite number")
        #expect(failure(["a", "--rate=\(text)"]) == expected)
    }

    @Test func lastOfSeveralValuesCounts() throws {
        #expect(try SampleCommand(parsing: ["a", "--rate=1", "--rate", "2"]).rate == 2)
    }

    @Test func refusesValuesOfFlags() {
        #expect(
            failure(["--verbose=yes"]) == .unexpectedValue(flag: "verbose", value: "yes"))
    }

    @Test func positiveValuesAreAboveZero() {
        #expect(PositiveCount(argument: "1")?.value == 1)
        #expect(PositiveCount(argument: "0") == nil)
        #expect(PositiveCount(argument: "-1") == nil)
        #expect(PositiveNumber(argument: "0.5")?.value == 0.5)
        #expect(PositiveNumber(argument: "0") == nil)
        #expect(UInt64(argument: "18446744073709551615") == UInt64.max)
    }

    @Test func matmulSizesAreSquareOrFullySpelled() {
        #expect(
            MatmulSizes(argument: "64,3x5x7")?.sizes == [
                MatmulSize(rows: 64, columns: 64, inner: 64),
                MatmulSize(rows: 3, columns: 5, inner: 7),
            ])
        for text in ["", "64,", "3x5", "0", "-1", "3x5x7x9", "a", "4294967296"] {
            #expect(MatmulSizes(argument: text) == nil, "\(text)")
        }
    }
}

@Suite struct CommandLineToolTests {
    private let root = CommandGroup(
        name: "tool", summary: "Tool.",
        children: [
            .command(SampleCommand.self),
            .group(
                CommandGroup(
                    name: "more", summary: "More.", children: [.command(SampleCommand.self)])),
        ])

    @Test func statusFollowsTheOutcome() {
        let fine = Invocation(["sample", "in", "--rate=1"], root: root)
        #expect(fine.status == .success)
        #expect(fine.output == "ran\n")
        #expect(fine.diagnostics == "")

        let failed = Invocation(["more", "sample", "fail", "--rate=1"], root: root)
        #expect(failed.status == .failure)
        #expect(failed.output == "")
        #expect(failed.diagnostics == "Error: it broke\n")

        let stopped = Invocation(["sample", "stop", "--rate=1"], root: root)
        #expect(stopped.status == .interrupted)
        #expect(stopped.diagnostics == "Stopped.\n")
        #expect(ExitStatus.interrupted.rawValue == 130)
        #expect(ExitStatus.usage.rawValue == 64)
    }

    @Test func usageErrorsNameTheCommandAndItsHelp() {
        let invocation = Invocation(["more", "sample", "--verbos"], root: root)
        #expect(invocation.status == .usage)
        #expect(invocation.output == "")
        #expect(
            invocation.diagnostics == """
                Error: Unknown option '--verbos'. Did you mean '--verbose'?
                Usage: tool more sample <input> [--count <n>] --rate <x> [--tag <name> ...] \
                [--verbose]
                  See 'tool more sample --help' for more information.

                """)
    }

    @Test func unknownCommandsAreRefusedAtEveryLevel() {
        let top = Invocation(["sampel"], root: root)
        #expect(top.status == .usage)
        #expect(
            top.diagnostics.hasPrefix("Error: Unknown command 'sampel'. Did you mean 'sample'?"))
        let below = Invocation(["more", "xyzzy"], root: root)
        #expect(below.diagnostics.hasPrefix("Error: Unknown command 'xyzzy'.\nUsage: tool more"))
        #expect(Invocation(["help", "sampel"], root: root).status == .usage)
        #expect(Invocation(["help", "sample", "extra"], root: root).status == .usage)
        #expect(Invocation(["--verbose"], root: root).status == .usage)
    }

    @Test func trainNeedsAConfigurationOrARun() {
        #expect(Invocation(["train"]).diagnostics.contains("argument '--config <file>'"))
        let both = Invocation(["train", "--resume", "a", "--out", "b"])
        #expect(both.status == .usage)
        #expect(both.diagnostics.contains("leave out --out"))
    }
}
