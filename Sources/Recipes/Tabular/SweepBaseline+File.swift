import TandemBasics
import TandemInterchange
public import TandemTraining

extension SweepBaseline {
    /// The losses in a model's metadata, in the file or beside it, or those of the best variant in the results of a sweep.
    ///
    /// Throws when the file holds neither.
    public init(file path: String) throws {
        let json = try Self.content(path)
        let summary = json["summary"]
        guard let testLoss = (json["test_loss"] ?? summary?["best_test_loss"])?.double else {
            throw SweepError.badBaseline(path: path, problem: "no 'test_loss' in it")
        }
        guard testLoss > 0 else {
            throw SweepError.badBaseline(path: path, problem: "'test_loss' is \(testLoss)")
        }
        self.init(
            testLoss: testLoss,
            validationLoss: (json["val_loss"] ?? summary?["best_val_loss"])?.double,
            version: path, source: .file)
    }

    private static func content(_ path: String) throws -> JSONValue {
        guard !path.hasSuffix(".onnx") else {
            return .object(
                try ONNXModel.read(path).metadata.map { name, text in
                    JSONMember(name, (try? JSONValue.parse(Array(text.utf8))) ?? .string(text))
                })
        }
        let bytes = try WholeFile.read(path)
        do throws(JSONProblem) {
            return try JSONValue.parse(bytes)
        } catch {
            throw SweepError.badBaseline(path: path, problem: "\(error)")
        }
    }
}
