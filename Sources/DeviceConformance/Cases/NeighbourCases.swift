import TandemDevices

/// Cells and their neighbours, forward and backward.
func neighbourCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    var cases = [
        NeighbourCase(1, 1, 1, 1, 0), NeighbourCase(2, 5, 3, 2, 4), NeighbourCase(3, 7, 4, 6, 0),
        NeighbourCase(0, 5, 3, 2, 1), NeighbourCase(2, 3, 0, 2, 5), NeighbourCase(2, 4, 3, 0, 2),
    ]
    if sizes.isFull {
        cases += [15, 16, 17, 31, 33].map { NeighbourCase(3, 12, $0, 6, 6) }
        cases += [
            NeighbourCase(2, 27, 16, 26, 1), NeighbourCase(70, 64, 16, 6, 6),
            NeighbourCase(1, 384, 8, 6, 1), NeighbourCase(5, 64, 32, 6, 300),
        ]
    }
    return cases.flatMap { [$0.forward(), $0.backward()] }
}

/// Random neighbours, about a fifth of the places empty.
private struct NeighbourCase {
    private let shape: NeighbourShape

    init(_ batch: Int, _ cells: Int, _ channels: Int, _ neighbours: Int, _ extra: Int) {
        shape = NeighbourShape(
            batch: batch, cells: cells, channels: channels, neighbours: neighbours, extra: extra)
    }

    private var label: String {
        "[\(shape.batch), \(shape.cells), \(shape.channels)] with \(shape.neighbours), "
            + "extra \(shape.extra)"
    }

    /// Empty places hold numbers on both sides of those of cells.
    private func table(_ random: inout ValueSource) -> [Int32] {
        let empty: [Int32] = [-1, Int32(shape.cells), .max]
        let chosen = random.indices(shape.cells * shape.neighbours, below: shape.cells * 5 / 4 + 1)
        return chosen.map { $0 < shape.cells ? $0 : empty[Int($0) % empty.count] }
    }

    /// Calls `body` with the place in a row's array and, of the states or the extras, the place it is from or goes to.
    private func forEachElement(
        _ table: [Int32], _ body: (_ place: Int, _ state: Int?, _ extra: Int?) -> Void
    ) {
        for row in 0..<shape.batch * shape.cells {
            let cell = row % shape.cells
            var place = row * shape.width
            let others =
                [cell]
                + (0..<shape.neighbours).map {
                    Int(table[cell * shape.neighbours + $0])
                }
            for other in others {
                for c in 0..<shape.channels {
                    let isCell = (0..<shape.cells).contains(other)
                    body(place, isCell ? (row - cell + other) * shape.channels + c : nil, nil)
                    place += 1
                }
            }
            for e in 0..<shape.extra {
                body(place, nil, row * shape.extra + e)
                place += 1
            }
        }
    }

    func forward() -> CaseBuilder {
        var build = CaseBuilder("neighbours \(label)")
        let rows = shape.batch * shape.cells
        let stateValues = build.random.uniform(rows * shape.channels)
        let extraValues = build.random.uniform(rows * shape.extra)
        let tableValues = table(&build.random)
        var expected = [Float](repeating: 0, count: rows * shape.width)
        forEachElement(tableValues) { place, state, extra in
            expected[place] = state.map { stateValues[$0] } ?? extra.map { extraValues[$0] } ?? 0
        }
        let states = build.input("states", stateValues)
        let extra = shape.extra == 0 ? nil : build.input("extra", extraValues)
        let table = build.input("table", indices: tableValues)
        let output = build.output("output", .exact(expected))
        return build.calls { [shape] device, arrays in
            try device.neighbours(
                states: arrays[states], extra: arrays[extra],
                table: arrays[table], output: arrays[output], shape)
        }
    }

    /// The documented order of the additions determines every bit.
    func backward() -> CaseBuilder {
        var build = CaseBuilder("neighbours backward \(label)")
        let rows = shape.batch * shape.cells
        let gradientValues = build.random.uniform(rows * shape.width)
        let tableValues = table(&build.random)
        var readers = [[Int32]](repeating: [], count: shape.cells)
        for (place, cell) in tableValues.enumerated() where 0..<Int32(shape.cells) ~= cell {
            let (reader, part) = place.quotientAndRemainder(dividingBy: shape.neighbours)
            readers[Int(cell)].append(Int32(reader * (shape.neighbours + 1) + part + 1))
        }
        let most = (readers.map(\.count).max() ?? 0) + 1
        let readerValues = readers.flatMap { list in
            list + (list.count..<most).map { $0.isMultiple(of: 2) ? -1 : Int32.max }
        }
        var stateValues = [Float](repeating: 0, count: rows * shape.channels)
        var extraValues = [Float](repeating: 0, count: rows * shape.extra)
        let parts = shape.neighbours + 1
        for row in 0..<rows {
            let cell = row % shape.cells
            let own = [Int32(cell * parts)] + readers[cell]
            for c in 0..<shape.channels {
                stateValues[row * shape.channels + c] = own.reduce(0) { sum, place in
                    let reader = row - cell + Int(place) / parts
                    let start = reader * shape.width + Int(place) % parts * shape.channels
                    return sum + gradientValues[start + c]
                }
            }
            for e in 0..<shape.extra {
                extraValues[row * shape.extra + e] =
                    gradientValues[(row + 1) * shape.width - shape.extra + e]
            }
        }
        let gradient = build.input("gradient", gradientValues)
        let readerTable = build.input("readers", indices: readerValues)
        let states = build.output("states' gradient", .exact(stateValues))
        let extra =
            shape.extra == 0 ? nil : build.output("extra's gradient", .exact(extraValues))
        return build.calls { [shape] device, arrays in
            try device.neighboursBackward(
                outputGradient: arrays[gradient], readers: arrays[readerTable],
                readersPerCell: most, statesGradient: arrays[states],
                extraGradient: arrays[extra], shape)
        }
    }
}
