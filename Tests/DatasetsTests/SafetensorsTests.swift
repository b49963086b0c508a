import TandemTestSupport
import TandemBasics
import Testing

@testable import TandemDatasets

@Suite struct SafetensorsTests {
    @Test func readsWhatTheReferenceWrites() throws {
        let file = try SafetensorsFile.read(golden("tensors.safetensors"))
        #expect(file.metadata(named: "format") == "pt")
        #expect(file.metadata(named: "note") == "\u{e9}\n\"q\"")
        #expect(file.arrays.count == 9)
        for (name, shape, type, code) in [
            ("f32", [2, 3, 4], ElementType.float32, "f4"), ("f16", [24], .float16, "f4"),
            ("bf16", [4, 6], .bfloat16, "f4"), ("f64", [24], .float64, "f4"),
            ("i64", [24], .int64, "i8"), ("i32", [24, 1], .int32, "i8"),
            ("u8", [24], .uint8, "u1"),
        ] {
            let array = try file.arrays.array(named: name)
            #expect(array.shape == shape)
            #expect(array.elementType == type)
            #expect(try array.float32Values() == NPYTests.expected(code))
        }
        #expect(file.arrays["empty"]?.shape == [0, 3])
        #expect(file.arrays["scalar"]?.shape == [])
        #expect(try file.arrays["scalar"]?.float32Values() == [2.5])
    }

    @Test func rewritingGivesTheSameArrays() throws {
        let folder = try TemporaryFolder()
        let first = try SafetensorsFile.read(golden("tensors.safetensors"))
        try first.write(to: folder.file("a"))
        let second = try SafetensorsFile.read(folder.file("a"))
        #expect(Set(second.arrays.names) == Set(first.arrays.names))
        for name in first.arrays.names { #expect(first.arrays[name] == second.arrays[name]) }
        #expect(second.metadata.map(\.name) == first.metadata.map(\.name))
        #expect(second.metadata.map(\.text) == first.metadata.map(\.text))
    }

    @Test(arguments: ElementType.allCases) func everyTypeComesBack(type: ElementType) throws {
        let folder = try TemporaryFolder()
        let bytes = (0..<6 * type.byteWidth).map { UInt8($0 * 37 % 251) }
        let array = try HostArray(shape: [2, 3], elementType: type, bytes: bytes)
        let odd = try HostArray(shape: [3], elements: [1, 2, 3] as [UInt8])
        let arrays = try NamedArrays([("odd", odd), ("x \"\\\n\u{1F600}", array)])
        try SafetensorsFile(arrays: arrays).write(to: folder.file("a"))
        let read = try SafetensorsFile.read(folder.file("a"))
        #expect(read.metadata.isEmpty)
        #expect(read.arrays["odd"] == odd)
        #expect(read.arrays["x \"\\\n\u{1F600}"] == array)
    }

    @Test func everyArrayStartsAtAMultipleOfItsWidth() throws {
        let arrays = try NamedArrays([
            ("a", HostArray(shape: [3], elements: [1, 2, 3] as [UInt8])),
            ("b", HostArray(shape: [1], elements: [1] as [Double])),
            ("c", HostArray(shape: [1], elements: [1] as [Int16])),
            ("d", HostArray(shape: [1], elements: [1] as [Float])),
        ])
        let header = try SafetensorsHeader(laying: arrays, metadata: [])
        #expect(header.entries.map(\.name) == ["b", "d", "c", "a"])
        #expect(header.entries.map(\.place.lowerBound) == [0, 8, 12, 14])
        #expect(try header.encode().count % 8 == 0)
    }

    @Test func anEmptyFileComesBack() throws {
        let folder = try TemporaryFolder()
        try SafetensorsFile(arrays: NamedArrays(), metadata: [("k", "v")])
            .write(to: folder.file("a"))
        let read = try SafetensorsFile.read(folder.file("a"))
        #expect(read.arrays.count == 0)
        #expect(read.metadata(named: "k") == "v")
    }

    @Test func requirementsAreCheckedTogether() throws {
        let path = golden("tensors.safetensors")
        #expect(throws: Never.self) {
            try SafetensorsFile.read(
                path, requiring: [ArrayRequirement(name: "f32", shape: [2, 3, 4])],
                matching: [.allNamesPresent, .equalShapes])
        }
        #expect(
            throws: DatasetError.mismatches(
                file: path,
                [
                    .shape(name: "f32", expected: [3, 2, 4], found: [2, 3, 4]),
                    .missing(name: "gru.weight_ih_l0", shape: [3]),
                ])
        ) {
            try SafetensorsFile.read(
                path,
                requiring: [
                    ArrayRequirement(name: "f32", shape: [3, 2, 4]),
                    ArrayRequirement(name: "gru.weight_ih_l0", shape: [3]),
                ], matching: [.allNamesPresent, .equalShapes])
        }
    }

    @Test func namesThatCannotBeWritten() throws {
        let folder = try TemporaryFolder()
        let one = try HostArray(shape: [], elements: [1] as [Float])
        let path = folder.file("a")
        #expect(throws: DatasetError.safetensors(file: path, .reservedName("__metadata__"))) {
            try SafetensorsFile(arrays: NamedArrays([("__metadata__", one)])).write(to: path)
        }
        #expect(
            throws: DatasetError.safetensors(
                file: path, .malformedEntry(name: "__metadata__", reason: "\"k\" occurs twice"))
        ) {
            try SafetensorsFile(arrays: NamedArrays(), metadata: [("k", "1"), ("k", "2")])
                .write(to: path)
        }
        #expect(try folder.names().isEmpty)
    }
}

@Suite struct SafetensorsMalformedTests {
    func problem(_ bytes: [UInt8]) -> SafetensorsProblem? {
        do throws(DatasetError) {
            _ = try SafetensorsFile.read(from: MemorySource(name: "bad.st", bytes: bytes))
            return nil
        } catch {
            #expect("\(error)".hasPrefix("bad.st: "))
            if case .safetensors(file: "bad.st", let problem) = error { return problem }
            Issue.record("another error: \(error)")
            return nil
        }
    }

    func entry(_ name: String, _ shape: String, _ begin: Int, _ end: Int, type: String = "U8")
        -> String
    {
        "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":[\(begin),\(end)]}"
    }

    @Test func aValidFileMadeByHand() {
        #expect(
            problem(safetensorsBytes("{" + entry("a", "[2]", 0, 2) + "}  ", data: [1, 2])) == nil)
        #expect(problem(safetensorsBytes("{}")) == nil)
    }

    @Test func shortFilesAndWrongLengths() {
        #expect(problem([]) == .tooShort(size: 0))
        #expect(problem([1, 2, 3]) == .tooShort(size: 3))
        #expect(
            problem([UInt8](repeating: 0xFF, count: 8))
                == .headerLength(claimed: .max, limit: 0))
        #expect(
            problem([9, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8))
                == .headerLength(claimed: 9, limit: 2))
        let whole = safetensorsBytes("{" + entry("a", "[2]", 0, 2) + "}", data: [1, 2])
        for length in 0..<whole.count { #expect(problem(Array(whole.prefix(length))) != nil) }
    }

    @Test func headersThatAreNotObjects() {
        #expect(problem(safetensorsBytes("")) == .headerStart(found: nil))
        #expect(problem(safetensorsBytes(" {}")) == .headerStart(found: 0x20))
        #expect(problem(safetensorsBytes("[]")) == .headerStart(found: 0x5B))
        #expect(problem(safetensorsBytes("{")) == .header(.unexpectedEnd(offset: 1)))
        #expect(problem(safetensorsBytes("{}x")) == .header(.trailingBytes(offset: 2)))
    }

    @Test func duplicateNames() {
        let header = "{" + entry("a", "[1]", 0, 1) + "," + entry("a", "[1]", 1, 2) + "}"
        let offset = 1 + entry("a", "[1]", 0, 1).utf8.count + 1
        #expect(
            problem(safetensorsBytes(header, data: [1, 2]))
                == .header(.duplicateName("a", offset: offset)))
    }

    @Test func deepNesting() {
        let deep = "{\"a\":" + String(repeating: "[", count: 100_000)
        #expect(problem(safetensorsBytes(deep)) == .header(.tooDeep(offset: 12, limit: 8)))
    }

    @Test func holesAndOverlaps() {
        let hole = "{" + entry("a", "[1]", 0, 1) + "," + entry("b", "[1]", 2, 3) + "}"
        #expect(
            problem(safetensorsBytes(hole, data: [1, 2, 3])) == .hole(offset: 1, length: 1))
        let start = "{" + entry("a", "[1]", 1, 2) + "}"
        #expect(problem(safetensorsBytes(start, data: [1, 2])) == .hole(offset: 0, length: 1))
        let rest = "{" + entry("a", "[1]", 0, 1) + "}"
        #expect(
            problem(safetensorsBytes(rest, data: [1, 2, 3])) == .hole(offset: 1, length: 2))
        #expect(problem(safetensorsBytes("{}", data: [1])) == .hole(offset: 0, length: 1))
        let overlap = "{" + entry("a", "[2]", 0, 2) + "," + entry("b", "[2]", 1, 3) + "}"
        #expect(
            problem(safetensorsBytes(overlap, data: [1, 2, 3]))
                == .overlap(first: "a", second: "b", offset: 1))
        let same = "{" + entry("a", "[2]", 0, 2) + "," + entry("b", "[2]", 0, 2) + "}"
        guard case .overlap(_, _, offset: 0)? = problem(safetensorsBytes(same, data: [1, 2]))
        else {
            Issue.record("accepted")
            return
        }
    }

    @Test(arguments: [(0, 3), (2, 1), (-1, 1), (Int.max, Int.max), (0, Int.max)])
    func offsetsOutside(begin: Int, end: Int) {
        #expect(
            problem(safetensorsBytes("{" + entry("a", "[2]", begin, end) + "}", data: [1, 2]))
                == .offsets(name: "a", begin: begin, end: end, dataSize: 2))
    }

    @Test func sizesThatDoNotFit() {
        #expect(
            problem(
                safetensorsBytes("{" + entry("a", "[3]", 0, 2, type: "F16") + "}", data: [1, 2]))
                == .size(
                    name: "a", shape: [3], elementType: .float16, expected: 6, found: 2))
        let huge = 1 << 62
        #expect(
            problem(safetensorsBytes("{" + entry("a", "[\(huge),4]", 0, 0) + "}"))
                == .badShape(name: "a", .shapeOverflow(shape: [huge, 4])))
        #expect(
            problem(safetensorsBytes("{" + entry("a", "[-1]", 0, 0) + "}"))
                == .badShape(name: "a", .negativeDimension(shape: [-1])))
    }

    @Test(arguments: ["F8_E4M3", "C64", "f32", ""]) func unknownTypes(type: String) {
        #expect(
            problem(safetensorsBytes("{" + entry("a", "[0]", 0, 0, type: type) + "}"))
                == .unsupportedType(name: "a", type: type))
    }

    @Test(arguments: [
        #"{"a":1}"#, #"{"a":{}}"#, #"{"a":{"dtype":1,"shape":[],"data_offsets":[0,0]}}"#,
        #"{"a":{"dtype":"U8","shape":0,"data_offsets":[0,0]}}"#,
        #"{"a":{"dtype":"U8","shape":[0.0],"data_offsets":[0,0]}}"#,
        #"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0]}}"#,
        #"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0,0]}}"#,
        #"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,1e0]}}"#,
        #"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,99999999999999999999]}}"#,
        #"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"more":1}}"#,
        #"{"__metadata__":1}"#, #"{"__metadata__":{"a":1}}"#,
    ])
    func malformedEntries(header: String) {
        guard case .malformedEntry? = problem(safetensorsBytes(header)) else {
            Issue.record("accepted: \(header)")
            return
        }
    }
}
