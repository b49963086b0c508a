import TandemTensors
import Testing

@Suite struct ShapeTests {
    @Test func countsAndNames() {
        let shape: Shape = [2, 3, 4]
        #expect(shape.count == 24 && shape.rank == 3)
        #expect(shape[0] == 2 && shape[-1] == 4)
        #expect(shape.asMatrix == (6, 4))
        #expect("\(shape)" == "[2, 3, 4]")
        #expect(shape.replacing(axis: 1, with: 7) == [2, 7, 4])
        #expect(shape.removing(axis: 0) == [3, 4])
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
    }

    @Test func impossibleShapesEndTheProgram() async {
        await #expect(processExitsWith: .failure) { _ = Shape([1, 1, 1, 1, 1, 1, 1]) }
        await #expect(processExitsWith: .failure) { _ = Shape([-1]) }
        await #expect(processExitsWith: .failure) { _ = Shape([2, 3])[2] }
    }
}
