import Foundation

/// The built `tandem` program, run as a user runs it: a process of its own.
struct Program {
    /// What a process wrote and how it ended.
    struct Result {
        let status: Int32
        let output: String
        let diagnostics: String
    }

    /// The program beside the test bundle.
    static let path: String = {
        let bundle = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        return bundle.appending(path: "tandem").path
    }()

    /// Starts the program with its output going to files in `folder`.
    static func start(_ arguments: [String], in folder: String, environment: [String: String] = [:])
        throws -> Process
    {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: folder)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        for name in ["output", "diagnostics"] {
            try Data().write(to: URL(filePath: "\(folder)/\(name)"))
        }
        process.standardOutput = FileHandle(forWritingAtPath: folder + "/output")
        process.standardError = FileHandle(forWritingAtPath: folder + "/diagnostics")
        try process.run()
        return process
    }

    /// Runs the program to its end.
    static func run(_ arguments: [String], in folder: String, environment: [String: String] = [:])
        throws -> Result
    {
        let process = try start(arguments, in: folder, environment: environment)
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus,
            output: try String(contentsOfFile: folder + "/output", encoding: .utf8),
            diagnostics: try String(contentsOfFile: folder + "/diagnostics", encoding: .utf8))
    }
}
