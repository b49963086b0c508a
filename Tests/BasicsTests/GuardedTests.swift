import TandemBasics
import Testing

import Foundation

@Suite struct GuardedTests {
    @Test func nothingIsLostAmongThreads() {
        let counter = Guarded(0)
        let done = DispatchSemaphore(value: 0)
        for _ in 0..<4 {
            Thread.detachNewThread {
                for _ in 0..<10_000 { counter.withLock { $0 += 1 } }
                done.signal()
            }
        }
        for _ in 0..<4 { done.wait() }
        #expect(counter.withLock { $0 } == 40_000)
    }

    @Test func anErrorReleasesTheLock() {
        struct Failure: Error {}
        let value = Guarded("a")
        #expect(throws: Failure.self) {
            try value.withLock { (text: inout String) throws(Failure) in
                text = "b"
                throw Failure()
            }
        }
        #expect(value.withLock { $0 } == "b")
    }
}
