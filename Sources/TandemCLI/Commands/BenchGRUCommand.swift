/// `tandem bench gru`: measures the forward and backward pass of a recurrent network.
struct BenchGRUCommand: Command {
    static let input = Option<PositiveCount>(
        "input", "size", help: "Features of each input.", defaultText: "768")
    static let hidden = Option<PositiveCount>(
        "hidden", "size", help: "Features of the hidden state.", defaultText: "512")
    static let layers = Option<PositiveCount>(
        "layers", "count", help: "Layers on top of each other.", defaultText: "4")
    static let batch = Option<PositiveCount>(
        "batch", "count", help: "Sequences in the batch.", defaultText: "32")
    static let steps = Option<PositiveCount>(
        "steps", "count", help: "Time steps of each sequence.", defaultText: "100")

    static let declaration = CommandDeclaration(
        name: "gru",
        summary: "Measure forward and backward of a GRU with all gradients.",
        parameters: [input, hidden, layers, batch, steps] + BenchOptions.parameters)

    let inputSize: Int
    let hiddenSize: Int
    let layers: Int
    let batch: Int
    let steps: Int
    let options: BenchOptions

    init(_ arguments: ParsedArguments) throws(UsageError) {
        inputSize = try arguments.value(of: Self.input)?.value ?? 768
        hiddenSize = try arguments.value(of: Self.hidden)?.value ?? 512
        layers = try arguments.value(of: Self.layers)?.value ?? 4
        batch = try arguments.value(of: Self.batch)?.value ?? 32
        steps = try arguments.value(of: Self.steps)?.value ?? 100
        options = try BenchOptions(arguments)
    }

    func run(on console: Console) throws {
        let size = GRUBenchmark.Size(
            input: inputSize, hidden: hiddenSize, layers: layers, batch: batch, steps: steps)
        try options.report("gru", on: console) { device, stopwatch in
            [try GRUBenchmark(device: device, stopwatch: stopwatch).row(size)]
        }
    }
}
