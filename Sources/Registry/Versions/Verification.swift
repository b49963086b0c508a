public import TandemBasics
import TandemDatasets

/// What was found when a version's file was compared with its registration.
public struct VerificationResult: Sendable {
    /// The version.
    public let record: VersionRecord
    /// What is wrong; nil if the file is the registered one.
    public let problem: RegistryError?

    /// The result as a JSON object.
    public var json: JSONValue {
        .object([
            JSONMember("model_type", .string(record.type.name)),
            JSONMember("version", .string(record.version)),
            JSONMember("model_path", JSONValue(record.modelPath)),
            JSONMember("is_intact", .bool(problem == nil)),
            JSONMember("problem", JSONValue(problem?.description)),
        ])
    }
}

extension ModelRegistry {
    /// Computes the hash of every version's file anew and compares it with the registered one.
    ///
    /// A version without a model is a finding too: it cannot serve.
    ///
    /// - Parameters:
    ///   - version: nil for all versions.
    ///   - type: nil for all types; of a version that is named, nil means `calling_score`.
    /// - Returns: one result per version, in the order of registration.
    /// - Throws: `RegistryError.unknownVersion` if a version is named and not there.
    public func verify(
        _ version: String? = nil, of type: ModelType? = nil
    ) throws -> [VerificationResult] {
        let records =
            if let version {
                [try self.version(version, of: type ?? .callingScore)]
            } else {
                try versions(of: type)
            }
        return records.map { record in
            do throws(RegistryError) {
                try requireModel(of: record)
                return VerificationResult(record: record, problem: nil)
            } catch {
                return VerificationResult(record: record, problem: error)
            }
        }
    }

    /// Throws unless the version's file is there and is the registered one.
    public func requireModel(of record: VersionRecord) throws(RegistryError) {
        guard let path = record.modelPath, let registered = record.modelSHA256 else {
            throw .noModel(type: record.type.name, version: record.version)
        }
        let found = try ModelFile(path).sha256
        if found != registered {
            throw .model(path: path, .changed(registered: registered, found: found))
        }
    }
}
