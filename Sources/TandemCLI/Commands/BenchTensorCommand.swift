/// `tandem bench tensor`: measures softmax, layer norm and a chain of broadcasts, forward and backward.
struct BenchTensorCommand: Command {
    static let batch = Option<PositiveCount>(
        "batch", "count", help: "Size of the first axis.", defaultText: "64")
    static let groups = Option<PositiveCount>(
        "groups", "count", help: "Size of the middle axis.", defaultText: "50")
    static let width = Option<PositiveCount>(
        "width", "size", help: "Size of the last axis.", defaultText: "512")

    static let declaration = CommandDeclaration(
        name: "tensor",
        summary: "Measure softmax, layer norm and broadcasts, forward and backward.",
        parameters: [batch, groups, width] + BenchOptions.parameters)

    let size: TensorBenchmark.Size
    let options: BenchOptions

    init(_ arguments: ParsedArguments) throws(UsageError) {
        size = TensorBenchmark.Size(
            batch: try arguments.value(of: Self.batch)?.value ?? 64,
            groups: try arguments.value(of: Self.groups)?.value ?? 50,
            width: try arguments.value(of: Self.width)?.value ?? 512)
        options = try BenchOptions(arguments)
    }

    func run(on console: Console) throws {
        try options.report("tensor", on: console) { device, stopwatch in
            try TensorBenchmark(device: device, stopwatch: stopwatch).rows(size)
        }
    }
}
