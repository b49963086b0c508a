import Testing

@testable import Datasets

@Suite struct NPZTests {
    static func sample() throws -> NamedArrays {
        try NamedArrays([
            ("weights", HostArray(shape: [2, 3], elements: [1, 2, 3, 4, 5, 6] as [Float])),
            ("counts", HostArray(shape: [4], elements: [1, 2, 3, 4] as [Int64])),
            ("zeros", HostArray(shape: [5_000], elements: [UInt8](repeating: 0, count: 5_000))),
            ("empty", HostArray(shape: [0, 2], elements: [] as [Float16])),
            ("d\u{e9}j\u{e0}/vu", HostArray(shape: [], elements: [7] as [Int32])),
        ])
    }

    @Test(arguments: ["stored.npz", "deflated.npz"])
    func readsWhatNumPyWrites(name: String) throws {
        let arrays = try NPZFile.read(golden(name))
        #expect(arrays.names == ["weights", "counts", "long"])
        let weights = try arrays.array(named: "weights")
        #expect(weights.shape == [2, 3, 4])
        #expect(try weights.float32Values() == NPYTests.expected("f4"))
        let counts = try arrays.array(named: "counts")
        #expect(try counts.integerValues() == Array(-5..<19))
        #expect(arrays["long"]?.shape == [5_000])
    }

    @Test(arguments: [NPZFile.Compression.stored, .deflated], [false, true])
    func readsWhatItWrites(compression: NPZFile.Compression, alwaysZIP64: Bool) throws {
        let folder = try TemporaryFolder()
        let arrays = try Self.sample()
        let path = folder.file("a.npz")
        try NPZFile.write(
            arrays, to: path, compression: compression, alwaysZIP64: alwaysZIP64)
        #expect(try NPZFile.read(path) == arrays)
        #expect(try folder.names() == ["a.npz"])
        let size = try contents(of: path).count
        #expect(compression == .deflated ? size < 3_000 : size > 5_000)
        let first = try contents(of: path)
        try NPZFile.write(
            arrays, to: path, compression: compression, alwaysZIP64: alwaysZIP64)
        #expect(try contents(of: path) == first)
    }

    @Test func anEmptyArchive() throws {
        let folder = try TemporaryFolder()
        try NPZFile.write(NamedArrays(), to: folder.file("a.npz"))
        #expect(try NPZFile.read(folder.file("a.npz")) == NamedArrays())
    }

    @Test func aMissingArrayIsNamed() throws {
        #expect(throws: HostArrayError.missing(name: "x", available: ["a"])) {
            try NamedArrays([("a", HostArray(shape: [], elements: [1] as [Float]))])
                .array(named: "x")
        }
    }
}
