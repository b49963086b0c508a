import TandemTensors
import Testing

@Suite struct ShapeTests {
    @Test func countsAndNames() throws {
        let shape: Shape = [2, 3, 4]
        #expect(shape.count == 24 && shape.rank == 3)
        #expect(try shape[0] == 2 && shape[-1] == 4)
        #expect(shape.asMatrix == (6, 4))
        #expect("\(shape)" == "[2, 3, 4]")
        #expect(shape.replacing(axis: 1, with: 7) == [2, 7, 4])
        #expect(shape.replacing(axis: -1, with: 7) == [2, 3, 7])
        #expect(shape.removing(axis: 0) == [3, 4])
        #expect(shape.removing(axis: -1) == [2, 3])
        #expect(shape.inserting(axis: 1, size: 5) == [2, 5, 3, 4])
        #expect(shape.inserting(axis: 3) == [2, 3, 4, 1] && shape.inserting(axis: -1).rank == 4)
        #expect(shape.problem == nil)
    }

    @Test func scalarsAndEmptyShapes() {
        #expect(Shape.scalar.count == 1 && Shape.scalar.rank == 0)
        #expect(Shape.scalar.asMatrix == (1, 1))
        #expect(Shape([3, 0]).count == 0)
    }

    @Test func equalityLooksAtRankAndSizes() {
        #expect(Shape([2]) != Shape([2, 1]))
        #expect(Shape([]) != Shape([1]))
        #expect(Set([Shape([2, 1]), Shape([2]), Shape([2, 1])]).count == 2)
        #expect(Shape([1, 1, 1, 1, 1, 1, 1]) != Shape([1, 1, 1, 1, 1, 1]))
    }

    @Test(
        arguments: [
            (Shape([1, 2, 1, 1, 1, 1, 1]), "a shape of 7 axes [1, 2, 1, 1, 1, 1, ...]"),
            ([-1], "the shape [-1] has a negative size"),
            ([3, .min, 2], "has a negative size"),
            ([1 << 40, 1 << 40], "more elements than any memory holds"),
            ([0, .max, .max], "more elements than any memory holds"),
            ([.max], "more elements than any memory holds"),
            (
                Shape([2, 3]).removing(axis: 2),
                "no axis 2 in the shape [2, 3]; its axes are -2 to 1"
            ),
            (Shape([2, 3]).replacing(axis: -3, with: 1), "no axis -3 in the shape [2, 3]"),
            (Shape.scalar.removing(axis: 0), "no axis 0 in the shape []; its axes are none"),
            (Shape([2]).inserting(axis: 3), "no axis 3"),
            (Shape([2]).inserting(axis: .min), "no axis"),
            (Shape([1, 1, 1, 1, 1, 1]).inserting(axis: 0), "a shape of 7 axes"),
            (Shape([2, 3]).replacing(axis: 0, with: -4), "negative size"),
            (Shape([-1]).removing(axis: 0), "negative size"),
        ] as [(Shape, String)])
    func impossibleShapesSayWhy(_ shape: Shape, _ reason: String) throws {
        #expect(try #require(shape.problem).contains(reason))
        #expect(shape.count == 0 && shape.asMatrix == (0, 0))
        #expect(throws: TensorError.invalidShape(operation: "layer", shape: shape)) {
            try shape.validated(for: "layer")
        }
        #expect(throws: TensorError.self) { try shape[0] }
    }

    @Test func mendingASizeMendsTheShape() {
        #expect(Shape([-1, 3]).replacing(axis: 0, with: 2) == [2, 3])
    }

    @Test(arguments: [2, -3, .max, .min])
    func refusesAxesOutside(_ axis: Int) {
        let error = #expect(throws: TensorError.self) { try Shape([2, 3])[axis] }
        #expect(error?.description.contains("axis \(axis) is outside the shape [2, 3]") == true)
        #expect(throws: TensorError.self) { try Shape.scalar[0] }
    }
}
