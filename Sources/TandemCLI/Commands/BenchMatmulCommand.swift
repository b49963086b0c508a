/// `tandem bench matmul`: measures matrix products.
struct BenchMatmulCommand: Command {
    static let sizes = Option<MatmulSizes>(
        "sizes", "sizes",
        help: "Products to measure, separated by commas: rows x inner x columns "
            + "(32x1536x512), or one number for a square product (1024).",
        defaultText: "512,1024,2048,32x1536x512,3200x1536x768")

    static let declaration = CommandDeclaration(
        name: "matmul",
        summary: "Measure matrix products of several sizes.",
        parameters: [sizes] + BenchOptions.parameters)

    let sizes: [MatmulSize]
    let options: BenchOptions

    init(_ arguments: ParsedArguments) throws(UsageError) {
        sizes = try arguments.value(of: Self.sizes)?.sizes ?? MatmulSizes.standard
        options = try BenchOptions(arguments)
    }

    func run(on console: Console) throws {
        throw CommandUnavailable(command: "bench matmul")
    }
}

/// The size of the product of a `[rows, inner]` and an `[inner, columns]` matrix.
struct MatmulSize: Sendable, Equatable {
    let rows: Int
    let inner: Int
    let columns: Int
}

/// A list of sizes as written on the command line.
struct MatmulSizes: ArgumentValue {
    static var expectation: String { "sizes such as 1024 or 32x1536x512, separated by commas" }
    static let standard = [
        MatmulSize(rows: 512, inner: 512, columns: 512),
        MatmulSize(rows: 1024, inner: 1024, columns: 1024),
        MatmulSize(rows: 2048, inner: 2048, columns: 2048),
        MatmulSize(rows: 32, inner: 1536, columns: 512),
        MatmulSize(rows: 3200, inner: 1536, columns: 768),
    ]

    let sizes: [MatmulSize]

    init?(argument: String) {
        var sizes: [MatmulSize] = []
        for item in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = item.split(separator: "x", omittingEmptySubsequences: false)
            let numbers = parts.compactMap { Int($0) }.filter { (1...Int(Int32.max)).contains($0) }
            guard numbers.count == parts.count else { return nil }
            switch numbers.count {
            case 1:
                sizes.append(
                    MatmulSize(rows: numbers[0], inner: numbers[0], columns: numbers[0]))
            case 3:
                sizes.append(
                    MatmulSize(rows: numbers[0], inner: numbers[1], columns: numbers[2]))
            default:
                return nil
            }
        }
        self.sizes = sizes
    }
}
