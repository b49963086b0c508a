import TandemDevices
import TandemTestSupport
import Testing

@testable import TandemTensors

/// Where fused operations are told to add their gradients.
@Suite struct GradientMemoryTests {
    /// An operand that occurs twice gets two destinations; both contributions reach it.
    @Test func repeatedOperandsDoNotShareADestination() throws {
        let device = TestDevices.makePlain()
        let tape = Tape()
        let variable = tape.variable(try Tensor([0, 0], shape: [2], on: device))
        let index = try #require(variable.node).index
        try tape.accumulate(
            into: [(index, Shape([2])), (index, Shape([2])), (nil, Shape([2]))], on: device
        ) { destinations in
            #expect(Set(destinations.map { ObjectIdentifier($0.buffer) }).count == 3)
            for (position, destination) in destinations.enumerated() {
                #expect(try device.download(destination) == [0, 0])
                try device.fill(destination, value: Float(position + 1))
            }
        }
        #expect(try tape.gradient(of: variable)?.values() == [3, 3])
    }

    /// A gradient that two nodes share is copied before a fused operation adds to it.
    @Test func sharedGradientsAreCopiedBeforeAddition() throws {
        let device = TestDevices.makePlain()
        let tape = Tape()
        let variable = tape.variable(try Tensor([0, 0], shape: [2], on: device))
        let index = try #require(variable.node).index
        let shared = try Tensor([1, 2], shape: [2], on: device)
        try tape.add(shared, to: index, owned: false)
        try tape.accumulate(into: [(index, Shape([2]))], on: device) { destinations in
            try device.axpy(alpha: 10, x: shared.slice, y: destinations[0])
        }
        #expect(try tape.gradient(of: variable)?.values() == [11, 22])
        #expect(try shared.values() == [1, 2])
    }
}
