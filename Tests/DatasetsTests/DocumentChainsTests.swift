import TandemTestSupport
import TandemBasics
import Foundation
import TandemDevices
import Testing

@testable import TandemDatasets

/// Rows of `dimension` numbers with pseudo-random directions and lengths.
func randomRows(_ count: Int, dimension: Int, seed: UInt64) -> [Float] {
    var random = Philox(RandomStream(seed: seed, identifier: 0))
    return (0..<count * dimension).map { _ in random.nextUniform() - 0.5 }
}

/// Chains with the given document lengths over random rows.
func randomChains(
    _ lengths: [Int], dimension: Int = 5, parts: [SplitPart]? = nil, seed: UInt64 = 1
) throws -> DocumentChains {
    let values = randomRows(lengths.reduce(0, +), dimension: dimension, seed: seed)
    return try DocumentChains(
        vectors: VectorTable(normalizing: values, dimension: dimension),
        documentLengths: lengths, parts: parts)
}

@Suite struct VectorTableTests {
    @Test func rowsHaveUnitLength() throws {
        // 19 columns: two blocks of eight and a rest.
        let values = randomRows(50, dimension: 19, seed: 1)
        let table = try VectorTable(normalizing: values, dimension: 19)
        #expect(table.count == 50)
        for row in 0..<50 {
            let norm = values[row * 19..<row * 19 + 19]
                .reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
            for column in 0..<19 {
                let expected = Double(values[row * 19 + column]) / norm
                #expect(abs(Double(table.values[row * 19 + column]) - expected) < 1e-7)
            }
        }
    }

    @Test func extremeRowsKeepTheirDirection() throws {
        let table = try VectorTable(
            normalizing: [3e38, 4e37, 1e-11, 0, 0, -1e-20 * 1e9], dimension: 2)
        #expect(table.values[0] > 0.99 && table.values[1] > 0.13)
        #expect(table.values[2...] == [1, 0, 0, -1])
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func aNonFiniteNumberIsNamed(value: Float) {
        var values = [Float](repeating: 1, count: 30)
        values[2 * 10 + 9] = value
        #expect(throws: ChainsProblem.nonFinite(row: 2, column: 9, value: "\(value)")) {
            try VectorTable(normalizing: values, dimension: 10)
        }
    }

    @Test func aZeroRowIsNamed() {
        #expect(throws: ChainsProblem.zeroRow(row: 1, norm: 0)) {
            try VectorTable(normalizing: [1, 2, 0, 0], dimension: 2)
        }
        #expect(throws: ChainsProblem.self) {
            try VectorTable(normalizing: [1, 2, 1e-20, 0], dimension: 2)
        }
    }

    @Test func emptyTablesAreRefused() {
        #expect(throws: ChainsProblem.empty(rows: 0, columns: 3, documents: 0)) {
            try VectorTable(normalizing: [], dimension: 3)
        }
        #expect(throws: ChainsProblem.empty(rows: 0, columns: 0, documents: 0)) {
            try VectorTable(normalizing: [1], dimension: 0)
        }
    }
}

@Suite struct DocumentChainsTests {
    /// Writes a small valid folder: 3 documents of 2, 1 and 3 rows of 2 columns.
    func validFolder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try NPYFile.write(
            HostArray(shape: [6, 2], elements: (1...12).map { Float16($0) }),
            to: folder.file("vectors.npy"))
        try NPYFile.write(
            HostArray(shape: [3, 2], elements: [0, 2, 2, 1, 3, 3] as [Int64]),
            to: folder.file("documents.npy"))
        try NPYFile.write(
            HostArray(shape: [3], elements: [0, 2, 1] as [UInt8]), to: folder.file("split.npy"))
        return folder
    }

    @Test func loadsAFolder() throws {
        let folder = try validFolder()
        _ = try folder.put(Array(#"{"source": "test"}"#.utf8), "metadata.json")
        let chains = try DocumentChains.load(folder: folder.path)
        #expect(chains.documents == [0..<2, 2..<3, 3..<6])
        #expect(chains.parts == [.training, .test, .validation])
        #expect(chains.splitOrigin == .given)
        #expect(chains.documents(in: .test) == [1])
        #expect(chains.metadata?["source"] == .string("test"))
        #expect(abs(chains.vectors.values[2] - 0.6) < 1e-6)
        #expect(abs(chains.vectors.values[3] - 0.8) < 1e-6)
    }

    @Test func withoutASplitTheSeedDecides() throws {
        let folder = try validFolder()
        try FileManager.default.removeItem(atPath: folder.file("split.npy"))
        let chains = try DocumentChains.load(folder: folder.path, splitSeed: 7)
        #expect(chains.splitOrigin == .seeded(7))
        #expect(Set(chains.parts) == Set(SplitPart.allCases))
        #expect(chains.metadata == nil)
    }

    @Test(arguments: [
        (
            "documents.npy", [0, 2, 3, 1, 4, 2],
            ChainsProblem.documentStart(document: 1, expected: 2, found: 3)
        ),
        ("documents.npy", [0, 2, 1, 2, 3, 3], .documentStart(document: 1, expected: 2, found: 1)),
        ("documents.npy", [1, 2, 3, 1, 4, 2], .documentStart(document: 0, expected: 0, found: 1)),
        ("documents.npy", [0, 2, 2, 1, 3, 4], .documentLength(document: 2, length: 4, rows: 6)),
        ("documents.npy", [0, 2, 2, 0, 2, 4], .documentLength(document: 1, length: 0, rows: 2)),
        ("documents.npy", [0, 2, 2, -1, 1, 5], .documentLength(document: 1, length: -1, rows: 2)),
        (
            "documents.npy", [0, 2, 2, .max, 3, 3],
            .documentLength(document: 1, length: .max, rows: 2)
        ),
        ("documents.npy", [0, 2, 2, 1, 3, 2], .documentsCover(covered: 5, rows: 6)),
        ("split.npy", [0, 1, 3], .splitValue(document: 2, value: 3)),
        ("split.npy", [0, 1], .splitCount(expected: 3, found: 2)),
    ])
    func filesThatDoNotFit(name: String, values: [Int64], problem: ChainsProblem) throws {
        let folder = try validFolder()
        let shape = name == "documents.npy" ? [values.count / 2, 2] : [values.count]
        try NPYFile.write(HostArray(shape: shape, elements: values), to: folder.file(name))
        #expect(throws: DatasetError.chains(folder: folder.path, problem)) {
            try DocumentChains.load(folder: folder.path)
        }
    }

    @Test(arguments: [
        ("vectors.npy", [12], HostArrayError.wrongShape(expected: "[N, d]", found: [12])),
        ("documents.npy", [2, 3], .wrongElementType(expected: "integers", found: .float32)),
        ("documents.npy", [6], .wrongShape(expected: "[D, 2]", found: [6])),
        ("split.npy", [1, 3], .wrongShape(expected: "[D]", found: [1, 3])),
        ("split.npy", [3], .wrongElementType(expected: "integers", found: .float32)),
    ])
    func arraysOfTheWrongKind(name: String, shape: [Int], problem: HostArrayError) throws {
        let folder = try validFolder()
        let shape = name == "documents.npy" && shape == [2, 3] ? [3, 2] : shape
        let count = shape.reduce(1, *)
        try NPYFile.write(
            HostArray(shape: shape, elements: (0..<count).map { Float($0 + 1) }),
            to: folder.file(name))
        #expect(throws: DatasetError.array(file: folder.file(name), problem)) {
            try DocumentChains.load(folder: folder.path)
        }
    }

    @Test func integerVectorsAreRefused() throws {
        let folder = try validFolder()
        try NPYFile.write(
            HostArray(shape: [6, 2], elements: [Int32](repeating: 1, count: 12)),
            to: folder.file("vectors.npy"))
        #expect(
            throws: DatasetError.array(
                file: folder.file("vectors.npy"),
                .wrongElementType(expected: "floating point", found: .int32))
        ) { try DocumentChains.load(folder: folder.path) }
    }

    @Test func aNaNIsNamedWithItsRow() throws {
        let folder = try validFolder()
        var values = (1...12).map { Float($0) }
        values[7] = .nan
        try NPYFile.write(
            HostArray(shape: [6, 2], elements: values), to: folder.file("vectors.npy"))
        let error = DatasetError.chains(
            folder: folder.path, .nonFinite(row: 3, column: 1, value: "nan"))
        #expect(throws: error) { try DocumentChains.load(folder: folder.path) }
        #expect(error.description.contains("vectors.npy: row 3, column 1 is nan"))
    }

    @Test func missingFilesAndBadMetadata() throws {
        let folder = try validFolder()
        _ = try folder.put(Array("{".utf8), "metadata.json")
        #expect(
            throws: DatasetError.json(
                file: folder.file("metadata.json"), .unexpectedEnd(offset: 1))
        ) { try DocumentChains.load(folder: folder.path) }
        let empty = try TemporaryFolder()
        #expect(
            throws: DatasetError.file(
                .system(operation: "opening", path: empty.file("documents.npy"), code: 2))
        ) { try DocumentChains.load(folder: empty.path) }
    }

    @Test func writesWhatItLoads() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("new/chains")
        let rows = try HostArray(shape: [6, 4], elements: randomRows(6, dimension: 4, seed: 2))
        let metadata = JSONValue.object([JSONMember("made", .string("here"))])
        try DocumentChains.write(
            folder: path, vectors: rows, documentLengths: [1, 3, 2],
            parts: [.test, .training, .validation], metadata: metadata)
        let chains = try DocumentChains.load(folder: path)
        #expect(chains.documents == [0..<1, 1..<4, 4..<6])
        #expect(chains.parts == [.test, .training, .validation])
        #expect(chains.metadata == metadata)
        #expect(try NPYFile.read(path + "/vectors.npy") == rows)

        let halves = try rows.convertedToFloat16()
        try DocumentChains.write(folder: path, vectors: halves, documentLengths: [6])
        let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        #expect(names == ["documents.npy", "vectors.npy"])
        #expect(try DocumentChains.load(folder: path).documents == [0..<6])
    }

    @Test func aDataSetThatDoesNotFitIsNotWritten() throws {
        let folder = try validFolder()
        let before = try folder.names()
        let rows = try HostArray(shape: [2, 2], elements: [1, 2, 0, 0] as [Float])
        #expect(
            throws: DatasetError.chains(folder: folder.path, .zeroRow(row: 1, norm: 0))
        ) {
            try DocumentChains.write(
                folder: folder.path, vectors: rows, documentLengths: [2])
        }
        let good = try HostArray(shape: [2, 2], elements: [1, 2, 3, 4] as [Float])
        #expect(
            throws: DatasetError.chains(
                folder: folder.path, .documentsCover(covered: 1, rows: 2))
        ) {
            try DocumentChains.write(
                folder: folder.path, vectors: good, documentLengths: [1])
        }
        #expect(
            throws: DatasetError.json(
                file: folder.file("metadata.json"), .nonFiniteNumber("inf"))
        ) {
            try DocumentChains.write(
                folder: folder.path, vectors: good, documentLengths: [2],
                metadata: .number(.infinity))
        }
        #expect(try folder.names() == before)
        #expect(try DocumentChains.load(folder: folder.path).documents.count == 3)
    }
}
