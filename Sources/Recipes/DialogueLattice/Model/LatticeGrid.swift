import TandemDevices
import TandemTensors

/// A block of cells and who is whose neighbour.
///
/// Cell `(x, y, z)` of a block `[nx, ny, nz]` has the number `(x * ny + y) * nz + z`.
public struct LatticeGrid: Sendable, Equatable {
    /// What lies beyond the faces of the block.
    public enum Boundary: String, Codable, Sendable, CaseIterable {
        /// Nothing: the places of missing neighbours hold zeros.
        case walls
        /// The opposite face.
        case periodic
        /// The cell itself: the cell at a face sees itself in the place of the missing neighbour.
        case reflecting
        /// Nothing, and cells at faces lose a part of their state in every step.
        case absorbing
    }

    /// Which cells are neighbours.
    public enum Neighbourhood: String, Codable, Sendable, CaseIterable {
        /// The six that share a face: -x, +x, -y, +y, -z, +z.
        case faces
        /// The 26 that share a face, an edge or a corner, in lexicographic order of `(dx, dy, dz)`.
        case cube
    }

    /// Numbers of cells along the axes.
    public let sizes: [Int]
    /// What lies beyond the faces.
    public let boundary: Boundary
    /// Which cells are neighbours.
    public let neighbourhood: Neighbourhood

    /// A block of `sizes`, three numbers of at least 1.
    public init(
        sizes: [Int], boundary: Boundary = .walls, neighbourhood: Neighbourhood = .faces
    ) {
        self.sizes = sizes
        self.boundary = boundary
        self.neighbourhood = neighbourhood
    }

    /// Number of cells.
    public var count: Int { sizes.reduce(1, *) }

    /// Neighbours of every cell in their fixed places, `nil` where there is none.
    public var neighbours: [[Int?]] {
        places.map { place in
            neighbourhood.offsets.map { offset in
                var number = 0
                for axis in 0..<3 {
                    guard let coordinate = coordinate(place[axis] + offset[axis], axis) else {
                        return nil
                    }
                    number = number * sizes[axis] + coordinate
                }
                return number
            }
        }
    }

    /// Whether each cell lies at a face of the block.
    public var isAtFace: [Bool] {
        places.map { place in
            (0..<3).contains { place[$0] == 0 || place[$0] == sizes[$0] - 1 }
        }
    }

    /// The coordinates of all cells in the order of their numbers.
    private var places: [[Int]] {
        (0..<sizes[0]).flatMap { x in
            (0..<sizes[1]).flatMap { y in (0..<sizes[2]).map { [x, y, $0] } }
        }
    }

    private func coordinate(_ value: Int, _ axis: Int) -> Int? {
        let size = sizes[axis]
        if 0..<size ~= value { return value }
        switch boundary {
        case .walls, .absorbing: return nil
        case .periodic: return (value + size) % size
        case .reflecting: return min(max(value, 0), size - 1)
        }
    }
}

extension LatticeGrid.Neighbourhood {
    /// The steps to the neighbours in the order of their places.
    var offsets: [[Int]] {
        switch self {
        case .faces:
            return [[-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0], [0, 0, -1], [0, 0, 1]]
        case .cube:
            let steps = [-1, 0, 1]
            return steps.flatMap { x in steps.flatMap { y in steps.map { [x, y, $0] } } }
                .filter { $0 != [0, 0, 0] }
        }
    }
}

/// The table of a grid's neighbours on the device that asked last.
final class NeighbourCache {
    let grid: LatticeGrid
    private var known: (device: any Device, table: NeighbourTable)?

    init(_ grid: LatticeGrid) {
        self.grid = grid
    }

    func table(on device: any Device) throws -> NeighbourTable {
        if let known, known.device === device { return known.table }
        let table = try NeighbourTable(grid.neighbours, on: device)
        known = (device, table)
        return table
    }
}
