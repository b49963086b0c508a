public import TandemBasics

import Glibc

/// The results that a sweep has written, as far as a registration needs them.
public struct SweepResultsFile: Sendable {
    /// One trained variant, ready to be registered.
    public struct Variant: Equatable, Sendable {
        /// The name in the sweep.
        public let name: String
        /// The model's file as the results name it; nil if they do not.
        public let modelPath: String?
        /// What was varied.
        public let description: String
        /// Figures under the names that the registry uses.
        public let metrics: [JSONMember]
        /// When the sweep ended, if the results say so.
        public let trainedDate: Moment?
    }

    private let path: String
    private let content: JSONValue
    private let variants: [JSONValue]

    /// Reads a file `optimization_results.json`.
    ///
    /// - Throws: `RegistryError.results` when it cannot be read or is none.
    public init(_ path: String) throws(RegistryError) {
        self.path = path
        content = .object(try JSONObjectFile.read(path))
        guard case .array(let variants) = content["variants"] else {
            throw .results(
                path: path, "no list 'variants'; name the results that a sweep has written")
        }
        self.variants = variants
    }

    /// The variant of this name; `best` is the one that the sweep chose by its validation loss.
    ///
    /// - Throws: `RegistryError.results` when there is none, when it failed or lacks its losses.
    public func variant(_ name: String) throws(RegistryError) -> Variant {
        var wanted = name
        if name == "best" {
            guard let best = content["summary"]?["best_variant"]?.stringValue else {
                throw .results(
                    path: path, "the sweep names no best variant: none succeeded; train again")
            }
            wanted = best
        }
        guard let found = variants.first(where: { Self.name(of: $0) == wanted }) else {
            let known = variants.compactMap { Self.name(of: $0) }.joined(separator: ", ")
            throw .results(path: path, "no variant '\(wanted)'; there are: \(known)")
        }
        if found["success"] == .bool(false) {
            throw .results(path: path, "the variant '\(wanted)' failed; choose another one")
        }
        return Variant(
            name: wanted, modelPath: found["model_path"]?.stringValue,
            description: found["config"]?["description"]?.stringValue ?? "",
            metrics: try metrics(of: found, name: wanted),
            trainedDate: content["environment"]?["finished_at"]?.stringValue.flatMap { Moment($0) })
    }

    /// Where the model of a variant is.
    ///
    /// A relative path counts from the folder of the results, so that a sweep can be moved; else from the present folder.
    ///
    /// - Throws: `RegistryError.noModelFile` when the results do not name the file, or it is not there.
    public func modelFile(of variant: Variant) throws(RegistryError) -> String {
        guard let written = variant.modelPath else {
            throw .noModelFile(path: path, variant: variant.name, lookedAt: [])
        }
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        let candidates = written.hasPrefix("/") ? [written] : [folder + written, written]
        guard let found = candidates.first(where: { access($0, F_OK) == 0 }) else {
            throw .noModelFile(path: path, variant: variant.name, lookedAt: candidates)
        }
        return found
    }

    private func metrics(of variant: JSONValue, name: String) throws(RegistryError) -> [JSONMember]
    {
        for loss in ["test_loss", "val_loss"] {
            switch variant[loss] {
            case .number, .integer: continue
            default: throw .results(path: path, "the variant '\(name)' has no \(loss)")
            }
        }
        let environment = content["environment"]
        let figures = [
            ("variant", .string(name)), ("test_loss", variant["test_loss"]),
            ("val_loss", variant["val_loss"]),
            ("improvement_vs_baseline", variant["improvement_vs_baseline"]),
            ("best_epoch", variant["best_epoch"]),
            ("training_time_seconds", variant["training_time"]),
            ("model_size_kb", variant["model_size_kb"]), ("parameters", variant["params_count"]),
            ("training_samples", environment?["rows"]),
            ("optimization_date", environment?["finished_at"]),
        ]
        let config = variant["config"]
        let settings = [
            ("learning_rate", config?["learning_rate"]), ("batch_size", config?["batch_size"]),
            ("architecture", config?["hidden_sizes"]), ("dropout", config?["dropout"]),
        ]
        return Self.members(figures)
            + [JSONMember("hyperparameters", .object(Self.members(settings)))]
    }

    private static func members(_ pairs: [(String, JSONValue?)]) -> [JSONMember] {
        pairs.compactMap { name, value in
            value.flatMap { $0 == .null ? nil : JSONMember(name, $0) }
        }
    }

    private static func name(of variant: JSONValue) -> String? {
        variant["config"]?["name"]?.stringValue
    }
}

/// Reading a file that holds one JSON object.
public enum JSONObjectFile {
    /// The members of the object in the file at `path`.
    ///
    /// - Throws: `RegistryError.results` when the file cannot be read, is not JSON or holds something else.
    public static func read(_ path: String) throws(RegistryError) -> [JSONMember] {
        let value: JSONValue
        do {
            value = try JSONValue.parse(try WholeFile.read(path))
        } catch let error as FileError {
            throw .results(path: path, "the file cannot be read: \(error)")
        } catch {
            throw .results(path: path, "\(error)")
        }
        guard case .object(let members) = value else {
            throw .results(path: path, "not a JSON object; give a file that begins with {")
        }
        return members
    }
}
