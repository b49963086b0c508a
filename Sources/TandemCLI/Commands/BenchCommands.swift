import TandemDevices
import TandemRecipes

/// Options of all benchmarks: what to measure on, and for how long.
enum BenchOptions {
    static let runs = Option<PositiveCount>(
        "runs", "count", help: "Least number of measured runs of each case.", default: 10)
    static let seconds = Option<PositiveNumber>(
        "seconds", "time", help: "Least time to measure each case, in seconds.",
        default: PositiveNumber(1), defaultText: "1")

    static let parameters: [any Parameter] = [
        SharedOptions.devices, runs, seconds, SharedOptions.threads, SharedOptions.json,
    ]
}

extension ParsedArguments {
    /// Measures on every device asked for and prints one report.
    fileprivate func report(
        _ benchmark: String, on console: Console,
        _ measure: (any Device, Stopwatch) throws -> [BenchReport.Row]
    ) throws {
        let (threads, printsJSON) = (self[SharedOptions.threads]?.value, self[SharedOptions.json])
        let stopwatch = Stopwatch(
            runs: self[BenchOptions.runs].value, seconds: self[BenchOptions.seconds].value)
        let named = self[SharedOptions.devices]
        var report: BenchReport?
        for text in named.isEmpty ? ["auto"] : named {
            let device = try DeviceCatalog.open(try DeviceSelection(text), threads: threads)
            if !printsJSON { console.note("\(device.identifier): \(device.name)") }
            let machine = BenchReport.Machine(device: device, threads: threads)
            var merged =
                report ?? BenchReport(benchmark: benchmark, machine: machine, results: [])
            merged.results += try measure(device, stopwatch)
            report = merged
        }
        guard let report else { return }
        if printsJSON { try console.printJSON(report) } else { console.print(report.table) }
    }
}

/// `tandem bench matmul`: measures matrix products.
enum BenchMatmulCommand: Command {
    static let sizes = Option<MatmulSizes>(
        "sizes", "sizes",
        help: "Products to measure, separated by commas: M x N x K for "
            + "[M, K] x [K, N] (32x1536x512), or one number for a square product (1024).",
        default: MatmulSizes(sizes: [
            MatmulSize(rows: 512, columns: 512, inner: 512),
            MatmulSize(rows: 1024, columns: 1024, inner: 1024),
            MatmulSize(rows: 2048, columns: 2048, inner: 2048),
            MatmulSize(rows: 32, columns: 1536, inner: 512),
            MatmulSize(rows: 3200, columns: 1536, inner: 768),
        ]), defaultText: "512,1024,2048,32x1536x512,3200x1536x768")

    static let declaration = CommandDeclaration(
        name: "matmul",
        summary: "Measure matrix products of several sizes.",
        parameters: [sizes] + BenchOptions.parameters)

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        try arguments.report("matmul", on: console) { device, stopwatch in
            let benchmark = MatmulBenchmark(device: device, stopwatch: stopwatch)
            return try arguments[sizes].sizes.flatMap(benchmark.rows)
        }
    }
}

/// A list of sizes as written on the command line.
struct MatmulSizes: ArgumentValue {
    static var expectation: String { "sizes such as 1024 or 32x1536x512, separated by commas" }

    let sizes: [MatmulSize]
}

extension MatmulSizes {
    init?(argument: String) {
        var sizes: [MatmulSize] = []
        for item in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let numbers = PositiveCounts(item, separator: "x")?.values,
                numbers.count == 1 || numbers.count == 3
            else { return nil }
            sizes.append(
                MatmulSize(
                    rows: numbers[0], columns: numbers.count == 1 ? numbers[0] : numbers[1],
                    inner: numbers[numbers.count - 1]))
        }
        self.sizes = sizes
    }
}

/// `tandem bench gru`: measures the forward and backward pass of a recurrent network.
enum BenchGRUCommand: Command {
    static let input = Option<PositiveCount>(
        "input", "size", help: "Features of each input.", default: 768)
    static let hidden = Option<PositiveCount>(
        "hidden", "size", help: "Features of the hidden state.", default: 512)
    static let layers = Option<PositiveCount>(
        "layers", "count", help: "Layers on top of each other.", default: 4)
    static let batch = Option<PositiveCount>(
        "batch", "count", help: "Sequences in the batch.", default: 32)
    static let steps = Option<PositiveCount>(
        "steps", "count", help: "Time steps of each sequence.", default: 100)

    static let declaration = CommandDeclaration(
        name: "gru",
        summary: "Measure forward and backward of a GRU with all gradients.",
        parameters: [input, hidden, layers, batch, steps] + BenchOptions.parameters)

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let size = GRUBenchmark.Size(
            input: arguments[input].value, hidden: arguments[hidden].value,
            layers: arguments[layers].value, batch: arguments[batch].value,
            steps: arguments[steps].value)
        try arguments.report("gru", on: console) { device, stopwatch in
            [try GRUBenchmark(device: device, stopwatch: stopwatch).row(size)]
        }
    }
}

/// `tandem bench step`: measures whole training steps of small networks.
enum BenchStepCommand: Command {
    static let features = Option<PositiveCount>(
        "features", "count", help: "Features of each row.", default: 39)
    static let hiddenSizes = Option<PositiveCounts>(
        "hidden-sizes", "sizes", help: "Units of the hidden layers, separated by commas.",
        default: [128, 64])
    static let batch = Option<PositiveCount>(
        "batch", "count", help: "Rows in the batch.", default: 32)

    static let declaration = CommandDeclaration(
        name: "step",
        summary: "Measure training steps of a small network, with dropout and Adam.",
        parameters: [features, hiddenSizes, batch] + BenchOptions.parameters)

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let size = StepBenchmark.Size(
            features: arguments[features].value, hidden: arguments[hiddenSizes].values,
            batch: arguments[batch].value)
        try arguments.report("step", on: console) { device, stopwatch in
            [try StepBenchmark(device: device, stopwatch: stopwatch).row(size)]
        }
    }
}

/// `tandem bench gift-recommender`: measures training batches of a large model.
enum BenchGiftCommand: Command {
    static let declaration = CommandDeclaration(
        name: "gift-recommender",
        summary: "Measure training batches of the connected gift recommender.",
        parameters: BenchOptions.parameters)

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        try arguments.report("gift-recommender", on: console) { device, stopwatch in
            [try GiftBenchmark(device: device, stopwatch: stopwatch).row()]
        }
    }
}

/// `tandem bench dialogue-lattice`: measures training steps of the lattice in two sizes.
enum BenchDialogueCommand: Command {
    /// The sizes that are measured.
    enum Size: String, ArgumentValue, CaseIterable {
        case blocked
        case blockedWide

        static var expectation: String { "blocked or blockedWide" }
    }

    static let size = Option<Size?>(
        "preset", "preset", help: "The one size to measure.", defaultText: "both")

    static let declaration = CommandDeclaration(
        name: "dialogue-lattice",
        summary: "Measure training steps of the dialogue lattice in two sizes.",
        parameters: [size] + BenchOptions.parameters)

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        try arguments.report("dialogue-lattice", on: console) { device, stopwatch in
            let benchmark = DialogueBenchmark(device: device, stopwatch: stopwatch)
            return try (arguments[size].map { [$0] } ?? Size.allCases).map {
                try benchmark.row($0 == .blocked ? .blocked : .blockedWide)
            }
        }
    }
}

/// `tandem bench attention`: measures the forward and backward pass of multi-head attention.
enum BenchAttentionCommand: Command {
    static let batch = Option<PositiveCount>(
        "batch", "count", help: "Sequences in the batch.", default: 16)
    static let heads = Option<PositiveCount>(
        "heads", "count", help: "Heads of the attention.", default: 8)
    static let positions = Option<PositiveCount>(
        "positions", "count", help: "Positions of each sequence.", default: 50)
    static let width = Option<PositiveCount>(
        "width", "size", help: "Features of each head.", default: 64)

    static let declaration = CommandDeclaration(
        name: "attention",
        summary: "Measure forward and backward of multi-head attention.",
        parameters: [batch, heads, positions, width] + BenchOptions.parameters)

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let size = AttentionBenchmark.Size(
            batch: arguments[batch].value, heads: arguments[heads].value,
            positions: arguments[positions].value, width: arguments[width].value)
        try arguments.report("attention", on: console) { device, stopwatch in
            [try AttentionBenchmark(device: device, stopwatch: stopwatch).row(size)]
        }
    }
}

/// `tandem bench retrieval`: measures the search for the nearest rows of a table.
enum BenchRetrievalCommand: Command {
    static let queries = Option<PositiveCount>(
        "queries", "count", help: "Vectors to find the nearest rows of.", default: 3029)
    static let candidates = Option<PositiveCount>(
        "candidates", "count", help: "Rows of the table.", default: 35_218)
    static let width = Option<PositiveCount>(
        "width", "size", help: "Elements of each vector.", default: 384)
    static let nearest = Option<PositiveCount>(
        "nearest", "count", help: "Rows to find for each vector.", default: 10)

    static let declaration = CommandDeclaration(
        name: "retrieval",
        summary: "Measure the search for the nearest rows of a table.",
        parameters: [queries, candidates, width, nearest] + BenchOptions.parameters)

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let size = RetrievalBenchmark.Size(
            queries: arguments[queries].value, candidates: arguments[candidates].value,
            width: arguments[width].value,
            k: min(arguments[nearest].value, arguments[candidates].value))
        try arguments.report("retrieval", on: console) { device, stopwatch in
            [try RetrievalBenchmark(device: device, stopwatch: stopwatch).row(size)]
        }
    }
}

/// `tandem bench tensor`: measures softmax, layer norm and a chain of broadcasts, forward and backward.
enum BenchTensorCommand: Command {
    static let batch = Option<PositiveCount>(
        "batch", "count", help: "Size of the first axis.", default: 64)
    static let groups = Option<PositiveCount>(
        "groups", "count", help: "Size of the middle axis.", default: 50)
    static let width = Option<PositiveCount>(
        "width", "size", help: "Size of the last axis.", default: 512)

    static let declaration = CommandDeclaration(
        name: "tensor",
        summary: "Measure softmax, layer norm and broadcasts, forward and backward.",
        parameters: [batch, groups, width] + BenchOptions.parameters)

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let size = TensorBenchmark.Size(
            batch: arguments[batch].value, groups: arguments[groups].value,
            width: arguments[width].value)
        try arguments.report("tensor", on: console) { device, stopwatch in
            try TensorBenchmark(device: device, stopwatch: stopwatch).rows(size)
        }
    }
}
