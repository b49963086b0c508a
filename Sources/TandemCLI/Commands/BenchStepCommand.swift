/// `tandem bench step`: measures whole training steps of small networks.
struct BenchStepCommand: Command {
    static let features = Option<PositiveCount>(
        "features", "count", help: "Features of each row.", defaultText: "39")
    static let hiddenSizes = Option<HiddenSizes>(
        "hidden-sizes", "sizes", help: "Units of the hidden layers, separated by commas.",
        defaultText: "128,64")
    static let batch = Option<PositiveCount>(
        "batch", "count", help: "Rows in the batch.", defaultText: "32")

    static let declaration = CommandDeclaration(
        name: "step",
        summary: "Measure training steps of a small network, with dropout and Adam.",
        parameters: [features, hiddenSizes, batch] + BenchOptions.parameters)

    let size: StepBenchmark.Size
    let options: BenchOptions

    init(_ arguments: ParsedArguments) throws(UsageError) {
        size = StepBenchmark.Size(
            features: try arguments.value(of: Self.features)?.value ?? 39,
            hidden: try arguments.value(of: Self.hiddenSizes)?.sizes ?? [128, 64],
            batch: try arguments.value(of: Self.batch)?.value ?? 32)
        options = try BenchOptions(arguments)
    }

    func run(on console: Console) throws {
        try options.report("step", on: console) { device, stopwatch in
            [try StepBenchmark(device: device, stopwatch: stopwatch).row(size)]
        }
    }
}

/// A list of layer sizes as written on the command line.
struct HiddenSizes: ArgumentValue {
    static var expectation: String { "numbers of units such as 128,64" }

    let sizes: [Int]

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        sizes = parts.compactMap { Int($0) }.filter { (1...Int(Int32.max)).contains($0) }
        guard sizes.count == parts.count else { return nil }
    }
}
