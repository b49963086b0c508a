import Testing

@testable import TandemDatasets

@Suite struct HostArrayTests {
    @Test func keepsShapeAndElements() throws {
        let array = try HostArray(shape: [2, 3], elements: [1, 2, 3, 4, 5, 6] as [Float])
        #expect(array.count == 6)
        #expect(try array.elements(as: Float.self) == [1, 2, 3, 4, 5, 6])
        #expect(array.position(of: 5) == [1, 2])
    }

    @Test func refusesAnotherNumberOfElements() {
        #expect(throws: HostArrayError.wrongCount(shape: [2, 3], expected: 6, found: 5)) {
            try HostArray(shape: [2, 3], elements: [1, 2, 3, 4, 5] as [Int32])
        }
    }

    @Test(arguments: [[Int.max, 2], [1 << 40, 1 << 40], [0, 1 << 40, 1 << 40]])
    func refusesAnOverflowingShape(shape: [Int]) {
        #expect(throws: HostArrayError.shapeOverflow(shape: shape)) {
            try HostArray.elementCount(of: shape)
        }
    }

    @Test func refusesAnOverflowOfBytes() {
        let shape = [Int.max / 2]
        #expect(throws: HostArrayError.shapeOverflow(shape: shape)) {
            try HostArray(shape: shape, elementType: .float32, bytes: [])
        }
    }

    @Test func refusesNegativeDimensions() {
        #expect(throws: HostArrayError.negativeDimension(shape: [-1, -4])) {
            try HostArray(shape: [-1, -4], elementType: .uint8, bytes: [0, 0, 0, 0])
        }
    }

    @Test func refusesElementsOfAnotherType() throws {
        let array = try HostArray(shape: [1], elements: [1] as [Int32])
        #expect(throws: HostArrayError.wrongElementType(expected: "uint32", found: .int32)) {
            try array.elements(as: UInt32.self)
        }
    }

    @Test func doublesTooLargeForFloatsAreAnError() throws {
        let array = try HostArray(shape: [1, 2], elements: [1, -1e39] as [Double])
        #expect(
            throws: HostArrayError.overflow(index: [0, 1], value: "-1e+39", type: "float32")
        ) { try array.float32Values() }
        let infinite = try HostArray(shape: [2], elements: [1, .infinity] as [Double])
        #expect(try infinite.float32Values() == [1, .infinity])
    }

    @Test func nonFiniteElementsAreAnErrorWhereAsked() throws {
        let array = try HostArray(shape: [2, 2], elements: [0, 1, .nan, 2] as [Float])
        #expect(throws: HostArrayError.nonFinite(index: [1, 0], value: "nan")) {
            try array.float32Values(rejectingNonFinite: true)
        }
        #expect(try array.float32Values()[2].isNaN)
    }

    @Test func everyIntegerTypeConverts() throws {
        func check<Element: HostElement & FixedWidthInteger>(_ type: Element.Type) throws {
            let elements: [Element] = [.min, 0, 1, 100, .max]
            let array = try HostArray(shape: [5], elements: elements)
            #expect(try array.float32Values() == elements.map { Float($0) })
            if Element.max <= UInt64(Int.max) {
                #expect(try array.integerValues() == elements.map { Int($0) })
            }
        }
        try check(Int8.self)
        try check(Int16.self)
        try check(Int32.self)
        try check(Int64.self)
        try check(UInt8.self)
        try check(UInt16.self)
        try check(UInt32.self)
        try check(UInt64.self)
    }

    @Test func integersThatDoNotFitAreAnError() throws {
        let array = try HostArray(shape: [2], elements: [1, .max] as [UInt64])
        #expect(
            throws: HostArrayError.overflow(
                index: [1], value: "18446744073709551615", type: "int64")
        ) { try array.integerValues() }
        let floats = try HostArray(shape: [1], elements: [1] as [Float])
        #expect(throws: HostArrayError.wrongElementType(expected: "integers", found: .float32)) {
            try floats.integerValues()
        }
    }

    @Test func halfPrecisionRoundsAndRefusesOverflow() throws {
        let array = try HostArray(
            shape: [4], elements: [1, 1 + 0x1p-11, 1 + 0x1.8p-10, 65504] as [Float])
        let halves = try array.convertedToFloat16()
        #expect(try halves.float32Values() == [1, 1, 1 + 0x1p-9, 65504])
        let large = try HostArray(shape: [2], elements: [0, 65520] as [Float])
        #expect(
            throws: HostArrayError.overflow(index: [1], value: "65520.0", type: "float16")
        ) { try large.convertedToFloat16() }
    }

    @Test func brainFloatsWidenExactly() throws {
        let array = try HostArray(
            shape: [3], elementType: .bfloat16, bytes: [0x80, 0x3F, 0x20, 0xC0, 0x80, 0x7F])
        #expect(try array.float32Values() == [1, -2.5, .infinity])
    }

    @Test func allMismatchesAreReportedAtOnce() throws {
        let one = try HostArray(shape: [2], elements: [1, 2] as [Float])
        let arrays = try NamedArrays([("a", one), ("b", one), ("extra", one)])
        let needs = [
            ArrayRequirement(name: "a", shape: [2], elementType: .int32),
            ArrayRequirement(name: "b", shape: [3]),
            ArrayRequirement(name: "c", shape: [4]),
        ]
        let all: [ArrayMismatch] = [
            .elementType(name: "a", expected: .int32, found: .float32),
            .shape(name: "b", expected: [3], found: [2]),
            .missing(name: "c", shape: [4]),
            .unused(name: "extra", shape: [2]),
        ]
        #expect(arrays.mismatches(with: needs) == all)
        #expect(arrays.mismatches(with: needs, matching: .allNamesPresent) == [all[2]])
        #expect(arrays.mismatches(with: needs, matching: .noUnusedNames) == [all[3]])
        #expect(throws: DatasetError.mismatches(file: "f", all)) {
            try arrays.require(needs, file: "f")
        }
        #expect(DatasetError.mismatches(file: "f", all).description.contains("\"c\" [4]"))
    }

    @Test func namesMustDiffer() throws {
        let one = try HostArray(shape: [], elements: [1] as [Float])
        #expect(throws: HostArrayError.duplicateName("a")) {
            try NamedArrays([("a", one), ("a", one)])
        }
    }
}
