import TandemRegistry

/// `tandem registry register`: adds a version in staging.
enum RegistryRegisterCommand: Command {
    static let version = Positional<String?>(
        "version", help: "Name of the version, such as v1.1-hybrid.")
    static let automatic = Flag(
        "auto-version",
        help: "Name it after the highest version: the next minor number and the data source.")
    static let modelPath = Option<String?>(
        "model-path", "file.onnx",
        help: "The model. With --from-results it may be left out.")
    static let weight = Option<Double?>(
        "weight", "weight", help: "Share of the neural score, from 0 to 1.", defaultText: "0.1")
    static let text = Option<String?>("description", "text", help: "A text for people.")
    static let metrics = Option<String?>(
        "metrics", "file.json", help: "Figures of the training: a file with one JSON object.")
    static let results = Option<String?>(
        "from-results", "file.json",
        help: "Take figures, description and model from optimization_results.json of a sweep.")
    static let variant = Option<String?>(
        "variant", "name", help: "Variant of the sweep, or best.", defaultText: "best")
    static let replace = Flag(
        "replace", help: "Replace the version of this name, which must be in staging.")

    static let declaration = CommandDeclaration.registry(
        "register", "Add a version in staging.",
        discussion: """
            The model must be an ONNX file of the type's width that answers a probe with
            values from 0 to 1. Its absolute path and its SHA-256 are kept: a file that is
            moved or changed later is found by 'verify' and refused by 'switch'.
            """,
        [
            version, automatic, modelPath, results, variant, metrics, weight,
            RegistryOptions.dataSource, text, replace,
        ])

    /// Where the model and its figures come from.
    private enum Origin {
        case file(String, metrics: String?)
        case sweep(results: String, variant: String, modelPath: String?)
    }

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let (name, origin) = (try name(arguments), try origin(arguments))
        let registry = try arguments.openRegistry()
        var registration = try registration(name, origin, of: arguments.modelType)
        registration.weight = arguments[weight] ?? registration.weight
        registration.description = arguments[text] ?? registration.description
        registration.replaces = arguments[replace]
        let record = try registry.register(registration)
        try arguments.print(
            "Registered \(record.version) of \(record.type) in \(record.status.rawValue), "
                + "SHA-256 \(record.modelSHA256 ?? "")",
            json: record.json, on: console)
    }

    private static func origin(_ arguments: ParsedArguments) throws(UsageError) -> Origin {
        let (path, metrics) = (arguments[modelPath], arguments[metrics])
        if let results = arguments[results] {
            if metrics != nil {
                throw .contradiction("--from-results brings its own figures; leave out --metrics.")
            }
            return .sweep(results: results, variant: arguments[variant] ?? "best", modelPath: path)
        }
        if arguments[variant] != nil {
            throw .contradiction("--variant chooses one of --from-results, which is missing.")
        }
        return .file(try arguments.required(modelPath, path), metrics: metrics)
    }

    private static func name(
        _ arguments: ParsedArguments
    ) throws(UsageError) -> VersionRegistration.Name {
        let source = arguments[RegistryOptions.dataSource]
        guard arguments[automatic] else {
            return .given(try arguments.required(version, arguments[version]), source)
        }
        if let version = arguments[version] {
            throw .contradiction("--auto-version makes the name; leave out '\(version)'.")
        }
        return .next(try arguments.required(RegistryOptions.dataSource, source))
    }

    private static func registration(
        _ name: VersionRegistration.Name, _ origin: Origin, of type: ModelType
    ) throws -> VersionRegistration {
        switch origin {
        case .file(let path, let metrics):
            var registration = VersionRegistration(name, of: type, modelPath: path)
            if let metrics { registration.metrics = try JSONObjectFile.read(metrics) }
            return registration
        case .sweep(let path, let variantName, let modelPath):
            let results = try SweepResultsFile(path)
            let variant = try results.variant(variantName)
            var registration = VersionRegistration(
                name, of: type, modelPath: try modelPath ?? results.modelFile(of: variant))
            registration.metrics = variant.metrics
            registration.trainedDate = variant.trainedDate
            registration.description = variant.description
            return registration
        }
    }
}
