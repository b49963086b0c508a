public import TandemBasics
import TandemDevices
import TandemInterchange

import Glibc

/// The file of a model on the disk, read once.
struct ModelFile {
    /// The absolute path, without links.
    let path: String
    /// The SHA-256 of the contents in hexadecimal digits.
    let sha256: String
    private let bytes: [UInt8]

    /// Reads the file.
    init(_ path: String) throws(RegistryError) {
        do throws(FileError) {
            bytes = try WholeFile.read(path)
        } catch {
            throw .model(path: path, .unreadable(error))
        }
        self.path = Self.absolute(path)
        sha256 = SHA256.hexadecimal(SHA256.hash(bytes))
    }

    private static func absolute(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Checks that the file is a model of the type, of the right width, that answers probes with sensible values.
    ///
    /// - Returns: the model.
    /// - Throws: `RegistryError.model`; `DeviceError` when no CPU device can be had.
    func probe(as type: ModelType) throws -> ONNXModel {
        let model: ONNXModel
        do throws(ONNXProblem) {
            model = try ONNXModel(encoded: bytes)
        } catch {
            throw RegistryError.model(path: path, .notAModel(error.description))
        }
        guard let shape = model.inputShape else {
            throw RegistryError.model(path: path, .unknownWidth)
        }
        let width = shape.reduce(1, *)
        if let expected = type.inputWidth, width != expected {
            throw RegistryError.model(
                path: path, .wrongWidth(type: type.name, expected: expected, found: width))
        }
        try checkOutputs(of: model, width: width, type: type)
        return model
    }

    /// Three rows at once, then one alone: a graph may be right for many rows and wrong for one.
    ///
    /// Every number of an output that is a vector is looked at; a type with scores has one number per row.
    private func checkOutputs(of model: ONNXModel, width: Int, type: ModelType) throws {
        let device = try CPUDevice(threads: 1)
        let vector = type.givesShares ? nil : model.outputShape
        let size = vector?.reduce(1, *) ?? 1
        for values in [[Float(0), 0.5, 1], [0.5]] {
            let rows = values.flatMap { [Float](repeating: $0, count: width) }
            let outputs: [Float]
            do {
                outputs =
                    try vector == nil
                    ? model.predict(rows, count: values.count, on: device)
                    : model.predictVectors(rows, count: values.count, on: device)
            } catch let problem as ONNXProblem {
                throw RegistryError.model(path: path, .notAModel(problem.description))
            }
            for (place, output) in outputs.enumerated() {
                let value = values[place / size]
                let isRight = type.givesShares ? (0...1).contains(output) : output.isFinite
                guard !isRight else { continue }
                throw RegistryError.model(
                    path: path,
                    .wrongOutput(
                        input: "\(width) times \(value)", output: output,
                        expected: type.givesShares ? "a value from 0 to 1" : "a finite value"))
            }
        }
    }
}

/// What was found when a version's file was compared with its registration.
public struct VerificationResult: Sendable {
    /// The version.
    public let record: VersionRecord
    /// What is wrong; nil if the file is the registered one.
    public let problem: RegistryError?

    /// The result as a JSON object.
    public var json: JSONValue {
        [
            "model_type": .string(record.type.name), "version": .string(record.version),
            "model_path": JSONValue(record.modelPath), "is_intact": .bool(problem == nil),
            "problem": JSONValue(problem?.description),
        ]
    }
}

extension ModelRegistry {
    /// Computes the hash of every version's file anew and compares it with the registered one.
    ///
    /// A version without a model is a finding too: it cannot serve. The versions, all without a name, are those of
    /// all types, of one that is named `calling_score`, unless a type is given; they are in the order of
    /// registration. Throws `RegistryError.unknownVersion` if a version is named and not there.
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
