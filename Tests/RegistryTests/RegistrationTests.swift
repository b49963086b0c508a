import TandemBasics
import TandemDatasets
import TandemDevices
import Foundation
import TandemInterchange
import TandemRegistry
import Testing

@Suite struct RegistrationTests {
    @Test func storesEverything() throws {
        let test = try TestRegistry()
        let path = try test.model(
            "model.onnx", metadata: [("trained_at", "2026-02-01T10:00:00Z")])
        var registration = VersionRegistration(
            .given("v1.0-hybrid", nil), of: .callingScore, modelPath: path)
        registration.description = "first"
        registration.metrics = [JSONMember("test_loss", .number(0.0262))]
        let record = try test.registry.register(registration)
        #expect(record.status == .staging)
        #expect(record.defaultWeight == 0.1)
        #expect(record.currentWeight == nil)
        #expect(record.effectiveWeight == 0.1)
        #expect(record.dataSource == .hybrid)
        #expect(record.trainedDate == Moment("2026-02-01T10:00:00Z"))
        #expect(record.trainingMetrics["test_loss"] == .number(0.0262))
        #expect(record.trainingMetrics["previous_version"] == nil)
        #expect(record.description == "first")
        #expect(record.createdAt == Moment("2026-03-01T00:00:01Z"))
        #expect(!record.isActive && !record.isInTest && !record.isFullyRolledOut)
        #expect(
            record.modelSHA256
                == SHA256.hexadecimal(SHA256.hash(try test.folder.bytes("model.onnx"))))
        #expect(try test.registry.versions() == [record])
        #expect(try test.history() == ["register >v1.0-hybrid"])
    }

    @Test func pathsAreStoredAbsoluteAndWithoutLinks() throws {
        let test = try TestRegistry()
        let path = try test.model("model.onnx")
        let link = test.folder.file("link.onnx")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        let record = try test.registry.register(
            VersionRegistration(.given("v1.0-real", nil), of: .callingScore, modelPath: link))
        let stored = try #require(record.modelPath)
        #expect(stored.hasPrefix("/") && stored.hasSuffix("/model.onnx"))
    }

    /// A model of contexts of vectors: a row is a matrix, an answer a vector.
    @Test func modelsOfVectorsAreRegisteredAndServe() throws {
        let test = try TestRegistry()
        func model(_ name: String, factor: Float) throws -> String {
            var builder = ONNXGraphBuilder("vectors")
            let context = builder.input("context", shape: [nil, 3, 2])
            let last = builder.node(
                "Gather", [context, builder.integers([-1])], [("axis", .integer(1))])
            let vector = builder.node("Squeeze", [last, builder.integers([1])])
            let scale = builder.constant("factor", shape: [], [factor])
            builder.output(
                builder.node("Div", [vector, scale]), as: "vector", shape: [nil, 2])
            try builder.model().write(to: test.folder.file(name))
            return test.folder.file(name)
        }
        let type = try ModelType("next_vector")
        let registration = VersionRegistration(
            .given("v1.0-real", nil), of: type,
            modelPath: try model("vectors.onnx", factor: 2))
        #expect(try test.registry.register(registration).status == .staging)
        try test.registry.switchVersion(to: "v1.0-real", of: type)
        #expect(try test.registry.activeVersion(of: type)?.version == "v1.0-real")
        #expect(try test.registry.verify(of: type).allSatisfy { $0.problem == nil })

        // One number of a vector that is none is enough, and scores are no vectors.
        let broken = try model("broken.onnx", factor: 0)
        for (type, path) in [
            (type, broken), (.callingScore, try test.registry.activeVersion(of: type)?.modelPath),
        ] {
            let error = registryError {
                try test.registry.register(
                    VersionRegistration(
                        .given("v1.1-real", nil), of: type, modelPath: try #require(path)))
            }
            guard case .model = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
        #expect(try test.registry.versions(of: type).count == 1)
    }

    @Test(arguments: [(38, ModelType.callingScore), (45, .callingScore), (39, .outcome)])
    func wrongWidthIsRefused(width: Int, type: ModelType) throws {
        let test = try TestRegistry()
        let path = try test.model("model.onnx", width: width)
        let error = registryError {
            try test.registry.register(
                VersionRegistration(.given("v1.0-real", nil), of: type, modelPath: path))
        }
        guard case .model(_, .wrongWidth(type.name, type.inputWidth ?? 0, width)) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try test.registry.versions().isEmpty)
        #expect(try test.registry.history().isEmpty)
    }

    @Test func otherTypesMayHaveAnyWidthAndAnyOutput() throws {
        let test = try TestRegistry()
        let prices = try ModelType("house_prices")
        let path = try test.model(
            "model.onnx", width: 7, output: .identity(scale: 1, offset: 250_000))
        try test.registry.register(
            VersionRegistration(.given("v1.0-real", nil), of: prices, modelPath: path))
        #expect(try test.registry.versions(of: prices).count == 1)
        #expect(try test.registry.versions(of: .callingScore).isEmpty)
    }

    @Test func outputsOutsideOfZeroToOneAreRefused() throws {
        let test = try TestRegistry()
        let path = try test.model("model.onnx", output: .identity(scale: 1, offset: 1.5))
        let error = registryError {
            try test.registry.register(
                VersionRegistration(.given("v1.0-real", nil), of: .callingScore, modelPath: path))
        }
        guard case .model(_, .wrongOutput(_, let output, _)) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(output > 1)
    }

    @Test func filesThatAreNoModelsAreRefused() throws {
        let test = try TestRegistry()
        let whole = try test.folder.bytes(
            URL(filePath: try test.model("model.onnx")).lastPathComponent)
        try test.folder.put("no model at all".utf8, "text.onnx")
        try test.folder.put([], "empty.onnx")
        try test.folder.put(whole.prefix(whole.count / 2), "half.onnx")
        for name in ["text.onnx", "empty.onnx", "half.onnx"] {
            let error = registryError {
                try test.registry.register(
                    VersionRegistration(
                        .given("v1.0-real", nil), of: .callingScore,
                        modelPath: test.folder.file(name)))
            }
            guard case .model(_, .notAModel) = error else {
                Issue.record("\(name): \(String(describing: error))")
                continue
            }
        }
        let missing = registryError {
            try test.registry.register(
                VersionRegistration(
                    .given("v1.0-real", nil), of: .callingScore,
                    modelPath: test.folder.file("none.onnx")))
        }
        #expect(missing?.description.contains("none.onnx") == true)
        #expect(try test.registry.versions().isEmpty)
    }

    @Test func anExistingVersionIsOnlyReplacedInStagingAndOnRequest() throws {
        let test = try TestRegistry()
        try test.add("v1.0-hybrid")
        let old = try test.registry.version("v1.0-hybrid", of: .callingScore)
        var registration = VersionRegistration(
            .given("v1.0-hybrid", nil), of: .callingScore,
            modelPath: try test.model("other.onnx", bias: 3))
        #expect(
            registryError { try test.registry.register(registration) }
                == .versionExists(
                    type: "calling_score", version: "v1.0-hybrid", status: .staging))
        registration.replaces = true
        let new = try test.registry.register(registration)
        #expect(new.modelSHA256 != old.modelSHA256)
        #expect(new.createdAt == old.createdAt && new.updatedAt > old.updatedAt)
        #expect(try test.history() == ["register >v1.0-hybrid", "replace >v1.0-hybrid"])
        #expect(
            try test.registry.history().last?.detail["replaced_sha256"]
                == old.modelSHA256.map { .string($0) })
        try test.registry.switchVersion(to: "v1.0-hybrid", of: .callingScore)
        #expect(
            registryError { try test.registry.register(registration) }
                == .versionExists(
                    type: "calling_score", version: "v1.0-hybrid", status: .active))
    }

    @Test func aVersionInTestOrWithOutcomesIsNotReplaced() throws {
        let test = try TestRegistry()
        try test.add("v1.0-hybrid")
        var registration = VersionRegistration(
            .given("v1.0-hybrid", nil), of: .callingScore,
            modelPath: try test.model("other.onnx", bias: 3))
        registration.replaces = true
        try test.registry.database.execute("UPDATE model_versions SET ab_traffic = 0.1")
        var error = registryError { try test.registry.register(registration) }
        #expect(error == .underTest(type: "calling_score", version: "v1.0-hybrid"))
        try test.registry.database.execute("UPDATE model_versions SET ab_traffic = NULL")
        try test.registry.database.execute(
            "INSERT INTO ab_outcomes(model_type, version, subject_id, opportunity_id, test_group, "
                + "calling_score, is_called, at, created_at) "
                + "VALUES ('calling_score', 'v1.0-hybrid', 'u', 'o', 'candidate', 0.5, 0, ?, ?)",
            [Moment.now(), Moment.now()])
        error = registryError { try test.registry.register(registration) }
        #expect(error?.description.contains("1 outcomes") == true)
    }

    @Test func theNextMinorVersionFollowsTheHighestPair() throws {
        let test = try TestRegistry()
        let path = try test.model("model.onnx")
        func next(_ source: DataSource) throws -> String {
            try test.registry.register(
                VersionRegistration(.next(source), of: .callingScore, modelPath: path)
            ).version
        }
        #expect(try next(.hybrid) == "v1.0-hybrid")
        #expect(try next(.hybrid) == "v1.1-hybrid")
        try test.add("v2.0-real")
        try test.add("v1.30-hybrid")
        try test.add("nightly")
        #expect(try next(.real) == "v2.1-real")
        #expect(try next(.synthetic) == "v2.2-synthetic")
        try test.add("v1.0-hybrid", .outcome)
        #expect(try next(.real) == "v2.3-real")
    }

    @Test func theActiveVersionIsNamedAsThePreviousOne() throws {
        let test = try TestRegistry()
        try test.serve("v1.0-hybrid")
        let record = try test.add("v1.1-hybrid")
        #expect(record.trainingMetrics["previous_version"] == .string("v1.0-hybrid"))
    }

    @Test(arguments: ["", "-v1", "a b", "a|b", "ü", "a/b", String(repeating: "v", count: 101)])
    func impossibleNames(name: String) throws {
        let test = try TestRegistry()
        let error = registryError { try test.add(name.replacing("/", with: "\\")) }
        guard case .invalidName(kind: "version", _, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(arguments: ["", "Score", "1st", "a-b", "a b", String(repeating: "a", count: 51)])
    func impossibleTypes(name: String) {
        #expect(throws: RegistryError.self) { try ModelType(name) }
    }

    @Test func theDataSourceIsGivenOrToldByTheName() throws {
        let test = try TestRegistry()
        let path = try test.model("model.onnx")
        #expect(
            registryError {
                try test.registry.register(
                    VersionRegistration(
                        .given("nightly", nil), of: .callingScore, modelPath: path))
            } == .unknownDataSource(version: "nightly"))
        for weight in [-0.1, 1.1, .nan] {
            var registration = VersionRegistration(
                .given("v1.0-real", nil), of: .callingScore, modelPath: path)
            registration.weight = weight
            let error = registryError { try test.registry.register(registration) }
            guard case .invalidWeight = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }

    @Test func publishedVersionsAreFiguresUntilTheyGetAModel() throws {
        let test = try TestRegistry()
        #expect(try test.registry.addPublishedVersions() == 3)
        #expect(try test.registry.addPublishedVersions() == 0)
        let record = try test.registry.version("v1.1-hybrid", of: .callingScore)
        #expect(record.trainingMetrics["test_loss"] == .number(0.0257))
        #expect(record.modelPath == nil && record.status == .staging)
        #expect(
            registryError {
                try test.registry.switchVersion(to: "v1.1-hybrid", of: .callingScore)
            } == .noModel(type: "calling_score", version: "v1.1-hybrid"))
        var registration = VersionRegistration(
            .given("v1.1-hybrid", nil), of: .callingScore, modelPath: try test.model("m.onnx"))
        registration.replaces = true
        try test.registry.register(registration)
        try test.registry.switchVersion(to: "v1.1-hybrid", of: .callingScore)
        #expect(try test.active() == "v1.1-hybrid")
    }
}
