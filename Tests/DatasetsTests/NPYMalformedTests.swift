import TandemTestSupport
import TandemBasics
import Testing

@testable import TandemDatasets

@Suite struct NPYMalformedTests {
    /// The problem that reading `bytes` gives.
    func problem(_ bytes: [UInt8]) -> NPYProblem? {
        do throws(DatasetError) {
            _ = try NPYFile.read(from: MemorySource(name: "bad.npy", bytes: bytes))
            return nil
        } catch {
            #expect("\(error)".hasPrefix("bad.npy: "))
            if case .npy(file: "bad.npy", let problem) = error { return problem }
            Issue.record("another error: \(error)")
            return nil
        }
    }

    @Test func wrongMagic() {
        #expect(
            problem(Array("PK\u{3}\u{4}aaaaaaaaa".utf8))
                == .wrongMagic(found: [80, 75, 3, 4, 97, 97]))
    }

    @Test func emptyAndShortFiles() {
        let whole = npyBytes(npyHeader("<f4", "(1,)"), data: [0, 0, 0, 0])
        #expect(problem([]) == .truncatedHeader(expected: 10, found: 0))
        #expect(problem(Array(whole.prefix(9))) == .truncatedHeader(expected: 10, found: 9))
        for length in 10..<whole.count - 4 {
            #expect(
                problem(Array(whole.prefix(length)))
                    == .truncatedHeader(expected: whole.count - 4, found: length))
        }
        let second = npyBytes(npyHeader("<f4", "()"), version: [2, 0])
        #expect(problem(Array(second.prefix(11))) == .truncatedHeader(expected: 12, found: 11))
    }

    @Test func truncatedData() {
        #expect(
            problem(npyBytes(npyHeader("<f4", "(2, 3)"), data: [UInt8](repeating: 0, count: 23)))
                == .truncatedData(
                    shape: [2, 3], elementType: .float32, expected: 24, found: 23))
    }

    @Test func aHeaderThatClaimsTerabytesAllocatesNothing() {
        #expect(
            problem(npyBytes(npyHeader("<f8", "(1000000, 1000000)"), data: [1, 2, 3]))
                == .truncatedData(
                    shape: [1_000_000, 1_000_000], elementType: .float64,
                    expected: 8_000_000_000_000, found: 3))
    }

    @Test func trailingBytes() {
        #expect(
            problem(npyBytes(npyHeader("<i2", "(1,)"), data: [1, 2, 3]))
                == .trailingBytes(count: 1))
    }

    @Test func impossibleShapes() {
        let huge = 1 << 62
        #expect(
            problem(npyBytes(npyHeader("<f4", "(\(huge), \(huge))")))
                == .badShape(.shapeOverflow(shape: [huge, huge])))
        #expect(
            problem(npyBytes(npyHeader("<f4", "(-2, -3)")))
                == .badShape(.negativeDimension(shape: [-2, -3])))
        #expect(
            problem(npyBytes(npyHeader("<f4", "(0, \(huge), 4)")))
                == .badShape(.shapeOverflow(shape: [0, huge, 4])))
    }

    @Test(arguments: [
        "|O", "<U5", "|S3", "<c8", "<M8[ns]", "|V8", "<f16", "f4", "", "|f4", "<b2", "é4",
    ])
    func unsupportedTypes(descr: String) {
        #expect(problem(npyBytes(npyHeader(descr, "(1,)"))) == .unsupportedType("'\(descr)'"))
    }

    @Test func recordTypes() {
        let header = "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }"
        guard case .unsupportedType(let text)? = problem(npyBytes(header)) else {
            Issue.record("accepted")
            return
        }
        #expect(text.hasPrefix("[('a', '<f4')]"))
    }

    @Test func unknownVersions() {
        #expect(
            problem(npyBytes(npyHeader("<f4", "()"), version: [4, 0]))
                == .unsupportedVersion(major: 4, minor: 0))
        #expect(
            problem(npyBytes(npyHeader("<f4", "()"), version: [1, 1]))
                == .unsupportedVersion(major: 1, minor: 1))
    }

    @Test func anEndlessHeader() {
        let bytes = [0x93] + Array("NUMPY".utf8) + [2, 0, 0xFF, 0xFF, 0xFF, 0xFF]
        #expect(problem(bytes) == .headerTooLong(length: 0xFFFF_FFFF, limit: 1 << 20))
    }

    @Test(arguments: [
        "", "{", "[]", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'fortran_order': 1, 'shape': ()}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 3}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1.5,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (--1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (), 'more': 1}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}",
        "{'descr': '<f4, 'fortran_order': False, 'shape': ()}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': ()} x",
        "{'descr' '<f4', 'fortran_order': False, 'shape': ()}",
    ])
    func malformedHeaders(header: String) {
        guard case .malformedHeader(_, let shown)? = problem(npyBytes(header)) else {
            Issue.record("accepted: \(header)")
            return
        }
        #expect(shown == header)
    }

    @Test func aHeaderWithTooManyDimensions() {
        let shape = "(" + String(repeating: "1,", count: 65) + ")"
        #expect(
            problem(npyBytes(npyHeader("<f4", shape)))
                .map { "\($0)".contains("more than 64 dimensions") } == true)
    }

    @Test func unusualButValidHeaders() throws {
        let header = "{\"shape\":(2L,1L,),'fortran_order':False,'descr':'=i2'}"
        let bytes = npyBytes(header, data: [1, 0, 2, 0], version: [3, 0])
        let array = try NPYFile.read(from: MemorySource(name: "a", bytes: bytes))
        #expect(array.shape == [2, 1])
        #expect(try array.elements(as: Int16.self) == [1, 2])
    }

    @Test func booleansThatAreNeither() {
        #expect(
            problem(npyBytes(npyHeader("|b1", "(3,)"), data: [0, 1, 2]))
                == .invalidBoolean(index: 2, value: 2))
    }

    @Test func filesThatCannotBeRead() throws {
        let folder = try TemporaryFolder()
        let missing = folder.file("missing.npy")
        #expect(
            throws: DatasetError.file(.system(operation: "opening", path: missing, code: 2))
        ) { try NPYFile.read(missing) }
        #expect(throws: DatasetError.file(.notARegularFile(path: folder.path))) {
            try NPYFile.read(folder.path)
        }
        #expect(throws: DatasetError.file(.notARegularFile(path: "/dev/zero"))) {
            try NPYFile.read("/dev/zero")
        }
    }
}
