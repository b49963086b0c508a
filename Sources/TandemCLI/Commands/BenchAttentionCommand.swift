/// `tandem bench attention`: measures the forward and backward pass of multi-head attention.
struct BenchAttentionCommand: Command {
    static let batch = Option<PositiveCount>(
        "batch", "count", help: "Sequences in the batch.", defaultText: "16")
    static let heads = Option<PositiveCount>(
        "heads", "count", help: "Heads of the attention.", defaultText: "8")
    static let positions = Option<PositiveCount>(
        "positions", "count", help: "Positions of each sequence.", defaultText: "50")
    static let width = Option<PositiveCount>(
        "width", "size", help: "Features of each head.", defaultText: "64")

    static let declaration = CommandDeclaration(
        name: "attention",
        summary: "Measure forward and backward of multi-head attention.",
        parameters: [batch, heads, positions, width] + BenchOptions.parameters)

    let size: AttentionBenchmark.Size
    let options: BenchOptions

    init(_ arguments: ParsedArguments) throws(UsageError) {
        size = AttentionBenchmark.Size(
            batch: try arguments.value(of: Self.batch)?.value ?? 16,
            heads: try arguments.value(of: Self.heads)?.value ?? 8,
            positions: try arguments.value(of: Self.positions)?.value ?? 50,
            width: try arguments.value(of: Self.width)?.value ?? 64)
        options = try BenchOptions(arguments)
    }

    func run(on console: Console) throws {
        try options.report("attention", on: console) { device, stopwatch in
            [try AttentionBenchmark(device: device, stopwatch: stopwatch).row(size)]
        }
    }
}
