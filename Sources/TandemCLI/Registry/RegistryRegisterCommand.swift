import TandemDatasets
import TandemRegistry

/// `tandem registry register`: adds a version in staging.
struct RegistryRegisterCommand: Command {
    static let version = Positional<String>(
        "version", .optional, help: "Name of the version, such as v1.1-hybrid.")
    static let automatic = Flag(
        "auto-version",
        help: "Name it after the highest version: the next minor number and the data source.")
    static let modelPath = Option<String>(
        "model-path", "file.onnx",
        help: "The model. With --from-results it may be left out.")
    static let weight = Option<Double>(
        "weight", "weight", help: "Share of the neural score, from 0 to 1.", defaultText: "0.1")
    static let text = Option<String>("description", "text", help: "A text for people.")
    static let metrics = Option<String>(
        "metrics", "file.json", help: "Figures of the training: a file with one JSON object.")
    static let results = Option<String>(
        "from-results", "file.json",
        help: "Take figures, description and model from optimization_results.json of a sweep.")
    static let variant = Option<String>(
        "variant", "name", help: "Variant of the sweep, or best.", defaultText: "best")
    static let replace = Flag(
        "replace", help: "Replace the version of this name, which must be in staging.")

    static let declaration = CommandDeclaration(
        name: "register",
        summary: "Add a version in staging.",
        discussion: """
            The model must be an ONNX file of the type's width that answers a probe with
            values from 0 to 1. Its absolute path and its SHA-256 are kept: a file that is
            moved or changed later is found by 'verify' and refused by 'switch'.
            """,
        parameters: [
            version, automatic, modelPath, results, variant, metrics, weight,
            RegistryOptions.dataSource, text, replace, RegistryOptions.type,
            RegistryOptions.database, SharedOptions.json,
        ])

    /// Where the model and its figures come from.
    enum Origin {
        case file(String, metrics: String?)
        case sweep(results: String, variant: String, modelPath: String?)
    }

    let session: RegistrySession
    let type: ModelType
    let name: VersionRegistration.Name
    let origin: Origin
    let weight: Double?
    let text: String?
    let replaces: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        session = try RegistrySession(arguments)
        type = try arguments.value(of: RegistryOptions.type) ?? .callingScore
        weight = try arguments.value(of: Self.weight)
        text = try arguments.value(of: Self.text)
        replaces = arguments.contains(Self.replace)
        name = try Self.name(arguments)
        origin = try Self.origin(arguments)
    }

    private static func origin(_ arguments: ParsedArguments) throws(UsageError) -> Origin {
        let modelPath = try arguments.value(of: Self.modelPath)
        let metrics = try arguments.value(of: Self.metrics)
        let variant = try arguments.value(of: Self.variant)
        if let results = try arguments.value(of: Self.results) {
            if metrics != nil {
                throw .contradiction("--from-results brings its own figures; leave out --metrics.")
            }
            return .sweep(results: results, variant: variant ?? "best", modelPath: modelPath)
        }
        if variant != nil {
            throw .contradiction("--variant chooses one of --from-results, which is missing.")
        }
        guard let modelPath else {
            throw .missingArgument(spelling: Self.modelPath.description.spelling)
        }
        return .file(modelPath, metrics: metrics)
    }

    private static func name(
        _ arguments: ParsedArguments
    ) throws(UsageError) -> VersionRegistration.Name {
        let version = try arguments.value(of: Self.version)
        let source = try arguments.value(of: RegistryOptions.dataSource)
        guard arguments.contains(Self.automatic) else {
            guard let version else {
                throw .missingArgument(spelling: Self.version.description.spelling)
            }
            return .given(version, source)
        }
        if let version {
            throw .contradiction("--auto-version makes the name; leave out '\(version)'.")
        }
        guard let source else {
            throw .missingArgument(spelling: RegistryOptions.dataSource.description.spelling)
        }
        return .next(source)
    }

    func run(on console: Console) throws {
        let registry = try session.open()
        let record = try registry.register(try registration())
        try session.print(
            "Registered \(record.version) of \(record.type) in \(record.status.rawValue), "
                + "SHA-256 \(record.modelSHA256 ?? "")",
            json: record.json, on: console)
    }

    private func registration() throws -> VersionRegistration {
        var registration: VersionRegistration
        switch origin {
        case .file(let path, let metrics):
            registration = VersionRegistration(name, of: type, modelPath: path)
            if let metrics { registration.metrics = try JSONObjectFile.read(metrics) }
        case .sweep(let path, let variantName, let modelPath):
            let results = try SweepResultsFile(path)
            let variant = try results.variant(variantName)
            registration = VersionRegistration(
                name, of: type, modelPath: try modelPath ?? results.modelFile(of: variant))
            registration.metrics = variant.metrics
            registration.trainedDate = variant.trainedDate
            registration.description = variant.description
        }
        registration.weight = weight ?? registration.weight
        registration.description = text ?? registration.description
        registration.replaces = replaces
        return registration
    }
}
