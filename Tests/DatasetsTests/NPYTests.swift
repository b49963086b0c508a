import TandemTestSupport
import Testing

@testable import TandemDatasets

@Suite struct NPYTests {
    static let codes: [(String, ElementType)] = [
        ("f2", .float16), ("f4", .float32), ("f8", .float64), ("i1", .int8), ("i2", .int16),
        ("i4", .int32), ("i8", .int64), ("u1", .uint8), ("u2", .uint16), ("u4", .uint32),
        ("u8", .uint64), ("b1", .bool),
    ]

    /// What `Golden/make.py` puts into every array.
    static func expected(_ code: String, count: Int = 24) -> [Float] {
        (0..<count).map { index in
            switch code.first {
            case "f": Float(index - 5) * 0.25
            case "i": Float(index - 5)
            case "b": Float(index % 2)
            default: Float(index)
            }
        }
    }

    @Test(arguments: codes, ["little", "big", "fortran"])
    func readsWhatNumPyWrites(code: (String, ElementType), form: String) throws {
        let array = try NPYFile.read(golden("\(code.0)_\(form).npy"))
        #expect(array.shape == [2, 3, 4])
        #expect(array.elementType == code.1)
        #expect(try array.float32Values() == Self.expected(code.0))
        if !array.elementType.isFloatingPoint {
            #expect(try array.integerValues() == Self.expected(code.0).map { Int($0) })
        }
    }

    @Test(arguments: [2, 3]) func readsLaterVersions(version: Int) throws {
        let array = try NPYFile.read(golden("version\(version).npy"))
        #expect(array.shape == [2, 3, 4])
        #expect(try array.float32Values() == Self.expected("f4"))
    }

    @Test func readsScalarsVectorsAndEmptyArrays() throws {
        let scalar = try NPYFile.read(golden("scalar.npy"))
        #expect(scalar.shape == [])
        #expect(try scalar.float32Values() == [2.5])
        let vector = try NPYFile.read(golden("vector.npy"))
        #expect(vector.shape == [7])
        #expect(try vector.float32Values() == Self.expected("f4", count: 7))
        let empty = try NPYFile.read(golden("empty.npy"))
        #expect(empty.shape == [0, 384])
        #expect(empty.count == 0)
    }

    @Test func halfPrecisionWidensToTheBitLikeNumPy() throws {
        let halves = try NPYFile.read(golden("halves.npy"))
        let singles = try NPYFile.read(golden("halves_as_singles.npy"))
        #expect(halves.elementType == .float16)
        #expect(halves.count > 3800)
        let found = try halves.float32Values().map(\.bitPattern)
        #expect(found == (try singles.float32Values().map(\.bitPattern)))
    }

    @Test(arguments: codes)
    func writesTheBytesThatNumPyWrites(code: (String, ElementType)) throws {
        let folder = try TemporaryFolder()
        let name = "\(code.0)_little.npy"
        try NPYFile.write(try NPYFile.read(golden(name)), to: folder.file(name))
        #expect(try contents(of: folder.file(name)) == (try contents(of: golden(name))))
    }

    @Test(arguments: [[], [0], [1], [3, 0, 2], [5], [1, 1, 1, 1, 1], [4, 3]])
    func writesAndReadsEveryShape(shape: [Int]) throws {
        let folder = try TemporaryFolder()
        let count = shape.reduce(1, *)
        let array = try HostArray(shape: shape, elements: (0..<count).map { Int64($0) << 40 })
        try NPYFile.write(array, to: folder.file("a.npy"))
        #expect(try NPYFile.read(folder.file("a.npy")) == array)
        #expect(try folder.names() == ["a.npy"])
    }

    @Test func aVeryLongHeaderIsWrittenAsVersionTwo() throws {
        let shape = [Int](repeating: 1, count: 30_000)
        let header = try NPYHeader.encode(shape: shape, elementType: .uint8)
        #expect(header[6] == 2)
        #expect(header.count % 64 == 0)
        let length = Int(header.littleEndian(at: 8, width: 4))
        #expect(length == header.count - 12)
    }

    @Test func brainFloatsCannotBeWritten() throws {
        let folder = try TemporaryFolder()
        let array = try HostArray(shape: [1], elementType: .bfloat16, bytes: [0, 0])
        #expect(throws: DatasetError.npy(file: folder.file("a"), .notRepresentable(.bfloat16))) {
            try NPYFile.write(array, to: folder.file("a"))
        }
        #expect(try folder.names().isEmpty)
    }
}
