import TandemDevices
import TandemTestSupport
import Testing

@testable import TandemTensors

/// Row numbers that are replaced in fixed memory.
@Suite(.exclusiveDevices) struct IndexBufferTests {
    @Test(arguments: TestDevices.all)
    func gathersTheRowsOfTheLastReplacement(_ target: TestDevice) throws {
        let table = try Tensor([0, 1, 10, 11, 20, 21], shape: [3, 2], on: target.device)
        let rows = try IndexBuffer(capacity: 4, bound: 3, on: target.device)
        #expect(try table.gather(rows.tensor(count: 2)).values() == [0, 1, 0, 1])
        try rows.replace(with: [2, 0, 1])
        let chosen = try rows.tensor(count: 3)
        #expect(try table.gather(chosen).values() == [20, 21, 0, 1, 10, 11])
        try rows.replace(with: [1])
        #expect(try table.gather(chosen).values() == [10, 11, 0, 1, 10, 11])
    }

    @Test(arguments: [[0, 3], [-1], [0, 1, 2, 0, 1]] as [[Int32]])
    func refusesWrongValuesAndKeepsTheOldOnes(_ values: [Int32]) throws {
        let device = TestDevices.makePlain()
        let rows = try IndexBuffer(capacity: 4, bound: 3, on: device)
        try rows.replace(with: [2, 1])
        #expect(throws: TensorError.self) { try rows.replace(with: values[...]) }
        #expect(try device.downloadIndices(rows.tensor(count: 2).slice) == [2, 1])
    }

    @Test func refusesImpossibleSizes() throws {
        let device = TestDevices.makePlain()
        for (capacity, bound) in [(-1, 3), (4, 0), (4, 1 << 31 + 1)] {
            #expect(throws: TensorError.self) {
                try IndexBuffer(capacity: capacity, bound: bound, on: device)
            }
        }
        let rows = try IndexBuffer(capacity: 4, bound: 1 << 31, on: device)
        #expect(throws: TensorError.self) { try rows.tensor(count: 5) }
        #expect(throws: TensorError.self) { try rows.tensor(count: -1) }
    }

    /// A recording cannot check later values, so the bound must fit whatever the values are now.
    @Test func operationsCheckTheBound() throws {
        let device = TestDevices.makePlain()
        let (fitting, large) = (
            try IndexBuffer(capacity: 2, bound: 3, on: device),
            try IndexBuffer(capacity: 2, bound: 4, on: device)
        )
        let table = try Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3], on: device)
        let tall = try Tensor([1, 2, 3], shape: [3, 1], on: device)
        #expect(throws: TensorError.self) { try tall.gather(large.tensor(count: 2)) }
        #expect(try tall.gather(fitting.tensor(count: 2)).values() == [1, 1])
        #expect(throws: TensorError.self) {
            try table.softmaxCrossEntropy(targets: large.tensor(count: 2))
        }
        #expect(
            try table.softmaxCrossEntropy(targets: fitting.tensor(count: 2)).values().count == 2)
    }

    @Test func countsOnlyWhatCannotChange() throws {
        let device = TestDevices.makePlain()
        let rows = try IndexBuffer(capacity: 4, bound: 3, on: device).tensor(count: 4)
        #expect(rows.count(except: -100) == 4 && rows.count(except: 3) == 4)
        #expect(rows.count(except: 2) == nil)
        let fixed = try IndexTensor([1, 2, 2], shape: [3], on: device)
        #expect(fixed.count(except: 2) == 1 && fixed.count(except: 7) == 3)
    }
}
