import TandemDevices
import Synchronization
import Testing

/// The pool over a driver that counts and can run out.
@Suite struct BufferPoolTests {
    /// Hands out numbers; holds at most `capacity` bytes.
    final class Driver: Sendable {
        private let capacity: Int
        private let state = Mutex((next: 0, sizes: [Int: Int]()))

        init(capacity: Int = .max) {
            self.capacity = capacity
        }

        var bytes: Int { state.withLock { $0.sizes.values.reduce(0, +) } }

        func create(_ size: Int) -> Int? {
            state.withLock { state in
                guard state.sizes.values.reduce(size, +) <= capacity else { return nil }
                state.next += 1
                state.sizes[state.next] = size
                return state.next
            }
        }

        func destroy(_ handle: Int) {
            state.withLock { $0.sizes[handle] = nil }
        }

        func pool() -> BufferPool<Int> {
            BufferPool(create: create, destroy: destroy)
        }
    }

    @Test(arguments: [
        (0, 256), (1, 256), (256, 256), (257, 384), (384, 384), (385, 512), (512, 512),
        (513, 768), (768, 768), (769, 1024), (1 << 20, 1 << 20), ((1 << 20) + 1, 3 << 19),
    ])
    func sizeClassesArePowersOfTwoAndHalvesBetween(bytes: Int, expected: Int) {
        #expect(BufferPool<Int>.sizeClass(bytes) == expected)
    }

    @Test func releasedMemoryServesTheSameClassOnly() throws {
        let driver = Driver()
        let pool = driver.pool()
        let first = try #require(pool.take(1000))
        pool.put(first.handle, sizeClass: first.sizeClass)
        let other = try #require(pool.take(3000))
        #expect(other.handle != first.handle)
        let again = try #require(pool.take(900))
        #expect(again.handle == first.handle)
        #expect(again.sizeClass == 1024)
        #expect(pool.statistics.driverAllocations == 2)
        #expect(pool.statistics.requests == 3)
    }

    @Test func countersFollowEveryMove() throws {
        let driver = Driver()
        let pool = driver.pool()
        let first = try #require(pool.take(256))
        let second = try #require(pool.take(512))
        #expect(pool.statistics.liveBytes == 768)
        pool.put(second.handle, sizeClass: second.sizeClass)
        #expect(pool.statistics.liveBytes == 256)
        #expect(pool.statistics.cachedBytes == 512)
        #expect(pool.statistics.peakBytes == 768)
        pool.trim()
        #expect(pool.statistics.cachedBytes == 0)
        #expect(pool.statistics.liveBytes == 256)
        #expect(pool.statistics.peakBytes == 768)
        #expect(driver.bytes == 256)
        pool.put(first.handle, sizeClass: first.sizeClass)
        #expect(pool.statistics.liveBytes == 0)
    }

    @Test func anExhaustedDriverIsAskedAgainAfterTrimming() throws {
        let driver = Driver(capacity: 1024)
        let pool = driver.pool()
        let small = try #require(pool.take(512))
        pool.put(small.handle, sizeClass: small.sizeClass)
        // 512 cached + 1024 wanted is too much until the cache is given back.
        let large = try #require(pool.take(1024))
        #expect(pool.statistics.cachedBytes == 0)
        #expect(driver.bytes == 1024)
        #expect(pool.take(256) == nil)
        #expect(pool.statistics.liveBytes == 1024)
        pool.put(large.handle, sizeClass: large.sizeClass)
        #expect(pool.take(256) != nil)
    }

    @Test func aPoolGivesItsCacheBackWhenItGoes() throws {
        let driver = Driver()
        do {
            let pool = driver.pool()
            let taken = try #require(pool.take(4000))
            pool.put(taken.handle, sizeClass: taken.sizeClass)
            #expect(driver.bytes == 4096)
        }
        #expect(driver.bytes == 0)
    }
}
