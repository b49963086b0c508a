import TandemBasics
import TandemDevices
import TandemTensors
import TandemTestSupport
import Testing

/// States of cells beside those of their neighbours.
@Suite(.exclusiveDevices) struct NeighbourTests {
    struct Table: Sendable, CustomStringConvertible {
        let description: String
        let neighbours: [[Int?]]
    }

    /// Four cells: a row with walls, a ring, one with mirrors, one where cell 2 is everywhere, one without any neighbour.
    static let tables = [
        Table(description: "walls", neighbours: [[nil, 1], [0, 2], [1, 3], [2, nil]]),
        Table(description: "ring", neighbours: [[3, 1], [0, 2], [1, 3], [2, 0]]),
        Table(description: "mirrors", neighbours: [[0, 1], [0, 2], [1, 3], [2, 3]]),
        Table(
            description: "one heard often",
            neighbours: [[2, 2, 2], [nil, 2, 0], [2, nil, 2], [2, 2, 1]]),
        Table(description: "nobody", neighbours: [[nil], [nil], [nil], [nil]]),
        Table(description: "no places", neighbours: [[], [], [], []]),
    ]

    @Test(arguments: TestDevices.all, tables)
    func rows(_ target: TestDevice, _ example: Table) throws {
        let device = target.device
        let table = try NeighbourTable(example.neighbours, on: device)
        let places = example.neighbours[0].count
        #expect(table.cells == 4 && table.neighbours == places)
        let (states, extra) = (CheckedInput([2, 4, 3], 1), CheckedInput([2, 4, 2], 2))
        let found = try states.tensor(on: device).withNeighbours(
            table, extra: extra.tensor(on: device))
        var expected: [Float] = []
        for batch in 0..<2 {
            func state(_ cell: Int?) -> [Float] {
                guard let cell else { return [0, 0, 0] }
                return Array(states.values[(batch * 4 + cell) * 3..<(batch * 4 + cell + 1) * 3])
            }
            for cell in 0..<4 {
                expected += state(cell) + example.neighbours[cell].flatMap(state)
                expected += extra.values[(batch * 4 + cell) * 2..<(batch * 4 + cell + 1) * 2]
            }
        }
        #expect(found.shape == [2, 4, (places + 1) * 3 + 2])
        #expect(try found.values() == expected)
        let bare = try states.tensor(on: device).withNeighbours(table)
        #expect(bare.shape == [2, 4, (places + 1) * 3])
        #expect(
            try bare.values()
                == found.slice(axis: 2, 0..<(places + 1) * 3).values())
    }

    @Test(arguments: TestDevices.all, tables)
    func gradients(_ target: TestDevice, _ example: Table) throws {
        let device = target.device
        let table = try NeighbourTable(example.neighbours, on: device)
        let inputs = [CheckedInput([2, 4, 3], 1), CheckedInput([2, 4, 2], 2)]
        let both = try gradientMismatch(on: device, inputs) {
            try $0[0].withNeighbours(table, extra: $0[1]).squared()
        }
        #expect(both == nil)
        let alone = try gradientMismatch(on: device, [inputs[0]]) {
            try $0[0].withNeighbours(table).squared()
        }
        #expect(alone == nil)
        // The state is its own extra part, and is used twice more.
        let shared = try gradientMismatch(on: device, [inputs[0]]) {
            let once = try $0[0].withNeighbours(table, extra: $0[0])
            return try once.sum(axis: 2, keepingAxis: true) * $0[0]
        }
        #expect(shared == nil)
    }

    /// A constant beside a variable: only one of both has a gradient.
    @Test(arguments: TestDevices.all)
    func onlyOneIsAVariable(_ target: TestDevice) throws {
        let device = target.device
        let table = try NeighbourTable(Self.tables[1].neighbours, on: device)
        let (states, extra) = (CheckedInput([2, 4, 3], 1), CheckedInput([2, 4, 2], 2))
        let first = try gradientMismatch(on: device, [states]) {
            try $0[0].withNeighbours(table, extra: extra.tensor(on: device)).squared()
        }
        let second = try gradientMismatch(on: device, [extra]) {
            try states.tensor(on: device).withNeighbours(table, extra: $0[0]).squared()
        }
        #expect(first == nil && second == nil)
    }

    /// Gradients are collected in a fixed order: the same bits every time.
    @Test(arguments: TestDevices.all)
    func gradientsRepeat(_ target: TestDevice) throws {
        let device = target.device
        let neighbours = (0..<60).map { cell in (0..<26).map { Optional((cell * 7 + $0 * $0) % 60) }
        }
        let table = try NeighbourTable(neighbours, on: device)
        let states = CheckedInput([8, 60, 16], 1)
        func gradient() throws -> [Float] {
            let tape = Tape()
            let x = tape.variable(try states.tensor(on: device))
            let y = try x.withNeighbours(table)
            try tape.backward(from: y, gradient: CheckedInput(y.shape, 5).tensor(on: device))
            return try #require(try tape.gradient(of: x)).values()
        }
        let first = try gradient()
        for _ in 0..<3 { #expect(try gradient() == first) }
    }

    @Test(arguments: TestDevices.all)
    func emptyBatches(_ target: TestDevice) throws {
        let table = try NeighbourTable([[1], [0]], on: target.device)
        let tape = Tape()
        let x = tape.variable(try Tensor.zeros([0, 2, 3], on: target.device))
        let y = try x.withNeighbours(table)
        #expect(y.shape == [0, 2, 6])
        #expect(try y.values() == [])
    }

    @Test(arguments: TestDevices.all)
    func wrongTables(_ target: TestDevice) throws {
        let device = target.device
        func problem(_ neighbours: [[Int?]]) throws -> String {
            let error = #expect(throws: TensorError.self) {
                _ = try NeighbourTable(neighbours, on: device)
            }
            return "\(try #require(error))"
        }
        #expect(try problem([[0, 1], [0]]).contains("cell 1 has 1 places"))
        #expect(try problem([[0], [2]]).contains("neighbour 0 of cell 1 is 2"))
        #expect(try problem([[-1], [0]]).contains("numbered from 0 to 1"))
    }

    @Test(arguments: TestDevices.all)
    func wrongShapes(_ target: TestDevice) throws {
        let device = target.device
        let table = try NeighbourTable([[1], [0]], on: device)
        func zeros(_ shape: Shape) throws -> Tensor { try Tensor.zeros(shape, on: device) }
        for (states, extra) in [
            ([2, 3, 4], nil), ([2, 4], nil), ([2], nil), ([1, 2, 2, 4], nil),
            ([3, 2, 4], [2, 2, 4]), ([3, 2, 4], [3, 1, 4]), ([3, 2, 4], [3, 2]),
        ] as [(Shape, Shape?)] {
            let error = #expect(throws: TensorError.self, "\(states)") {
                _ = try zeros(states).withNeighbours(table, extra: extra.map(zeros))
            }
            #expect("\(try #require(error))".contains("[B, 2, C]"))
        }
        // A table of another device.
        let other = try NeighbourTable([[1], [0]], on: TestDevices.makePlain())
        #expect(throws: TensorError.self) { _ = try zeros([1, 2, 3]).withNeighbours(other) }
        // Two tapes.
        let (one, two) = (Tape(), Tape())
        #expect(throws: TensorError.self) {
            _ = try one.variable(zeros([1, 2, 3])).withNeighbours(
                table, extra: two.variable(zeros([1, 2, 1])))
        }
    }
}
