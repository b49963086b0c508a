import Testing

@testable import TandemRecipes

/// Who is whose neighbour, and in which place.
@Suite struct LatticeGridTests {
    typealias Boundary = LatticeGrid.Boundary

    /// Places whose steps are each other's opposite: -x and +x, ...
    private func opposite(_ place: Int, _ neighbourhood: LatticeGrid.Neighbourhood) -> Int {
        neighbourhood == .faces ? place ^ 1 : 25 - place
    }

    @Test(arguments: [Boundary.walls, .absorbing])
    func countsOfABlock(_ boundary: Boundary) {
        let grid = LatticeGrid(sizes: [8, 8, 6], boundary: boundary)
        let degrees = grid.neighbours.map { $0.count { $0 != nil } }
        #expect(grid.count == 384 && degrees.count == 384)
        var counts: [Int: Int] = [:]
        for degree in degrees { counts[degree, default: 0] += 1 }
        #expect(counts == [3: 8, 4: 64, 5: 168, 6: 144])
        #expect(degrees.reduce(0, +) == 1_984)
        #expect(grid.isAtFace == degrees.map { $0 < 6 })
    }

    /// All 26: corners have 7, edges 11, faces 17.
    @Test func countsOfACube() {
        let grid = LatticeGrid(sizes: [8, 8, 6], neighbourhood: .cube)
        var counts: [Int: Int] = [:]
        for others in grid.neighbours {
            #expect(others.count == 26)
            counts[others.count { $0 != nil }, default: 0] += 1
        }
        #expect(counts == [7: 8, 11: 64, 17: 168, 26: 144])
    }

    /// Whoever is at a place sees the cell at the opposite one, and no other cell is there.
    @Test(
        arguments: [Boundary.walls, .periodic, .absorbing], LatticeGrid.Neighbourhood.allCases)
    func isMutual(_ boundary: Boundary, _ neighbourhood: LatticeGrid.Neighbourhood) {
        let grid = LatticeGrid(
            sizes: [4, 3, 2], boundary: boundary, neighbourhood: neighbourhood)
        let neighbours = grid.neighbours
        for (cell, others) in neighbours.enumerated() {
            for (place, other) in others.enumerated() {
                guard let other else {
                    #expect(boundary != .periodic)
                    continue
                }
                #expect(neighbours[other][opposite(place, neighbourhood)] == cell)
            }
        }
    }

    /// Cell (x, y, z) has the number (x * 3 + y) * 2 + z; missing neighbours keep their places.
    @Test func placesAtFaces() {
        let walls = LatticeGrid(sizes: [2, 3, 2]).neighbours
        // -x, +x, -y, +y, -z, +z
        #expect(walls[0] == [nil, 6, nil, 2, nil, 1])
        #expect(walls[3] == [nil, 9, 1, 5, 2, nil])
        #expect(walls[11] == [5, nil, 9, nil, 10, nil])
        let periodic = LatticeGrid(sizes: [2, 3, 2], boundary: .periodic).neighbours
        #expect(periodic[0] == [6, 6, 4, 2, 1, 1])
        #expect(periodic[11] == [5, 5, 9, 7, 10, 10])
        let reflecting = LatticeGrid(sizes: [2, 3, 2], boundary: .reflecting).neighbours
        #expect(reflecting[0] == [0, 6, 0, 2, 0, 1])
        #expect(reflecting[11] == [5, 11, 9, 11, 10, 11])
    }

    /// A reflecting face gives back the cell itself, on both sides of the block, and nothing else differs from walls.
    @Test(arguments: LatticeGrid.Neighbourhood.allCases)
    func reflectingFaces(_ neighbourhood: LatticeGrid.Neighbourhood) {
        let sizes = [3, 3, 3]
        let walls = LatticeGrid(sizes: sizes, neighbourhood: neighbourhood).neighbours
        let mirrors = LatticeGrid(
            sizes: sizes, boundary: .reflecting, neighbourhood: neighbourhood
        ).neighbours
        for cell in walls.indices {
            for place in walls[cell].indices {
                if let other = walls[cell][place] {
                    #expect(mirrors[cell][place] == other)
                } else if neighbourhood == .faces {
                    #expect(mirrors[cell][place] == cell)
                } else {
                    #expect(mirrors[cell][place] != nil)
                }
            }
        }
    }

    /// The order of the 26: the number of a place is that of (dx + 1, dy + 1, dz + 1) to the base 3, without the middle.
    @Test func orderOfTheCube() {
        let grid = LatticeGrid(sizes: [3, 3, 3], neighbourhood: .cube)
        #expect(grid.neighbours[13] == (0..<27).filter { $0 != 13 })
        #expect(grid.neighbours[0].compactMap { $0 } == [1, 3, 4, 9, 10, 12, 13])
        let offsets = LatticeGrid.Neighbourhood.cube.offsets
        #expect(offsets.first == [-1, -1, -1] && offsets.last == [1, 1, 1])
        // Cell 0 has no neighbour below: its first neighbour, (0, 0, 1), lies in place 13.
        #expect(grid.neighbours[0].firstIndex(of: 1) == 13)
        #expect(LatticeGrid.Neighbourhood.faces.offsets.count == 6)
    }

    /// With one cell along an axis, periodic and reflecting faces show the cell itself.
    @Test func aSingleCell() {
        for boundary in [Boundary.periodic, .reflecting] {
            let grid = LatticeGrid(sizes: [1, 1, 1], boundary: boundary)
            #expect(grid.neighbours == [[0, 0, 0, 0, 0, 0]])
        }
        #expect(LatticeGrid(sizes: [1, 1, 1]).neighbours == [[nil, nil, nil, nil, nil, nil]])
        #expect(LatticeGrid(sizes: [1, 1, 1]).isAtFace == [true])
    }
}
