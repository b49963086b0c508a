import Synchronization
public import Testing

/// Lets one test at a time use the shared devices: work is issued to a device by one thread at a time.
public struct ExclusiveDevices: SuiteTrait, TestTrait, TestScoping {
    /// Every test of a suite, and every case of a test, takes its own turn.
    public var isRecursive: Bool { true }

    /// Runs one test case when all earlier ones are done.
    public func provideScope(
        for test: Test, testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        await Turnstile.shared.enter()
        defer { Turnstile.shared.leave() }
        try await function()
    }
}

extension Trait where Self == ExclusiveDevices {
    /// One test at a time uses the shared devices.
    public static var exclusiveDevices: Self { ExclusiveDevices() }
}

/// Admits one caller at a time, in the order of their arrival.
private final class Turnstile: Sendable {
    static let shared = Turnstile()

    private struct State {
        var isOccupied = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func enter() async {
        await withCheckedContinuation { continuation in
            let mayEnter = state.withLock { state in
                if state.isOccupied {
                    state.waiting.append(continuation)
                    return false
                }
                state.isOccupied = true
                return true
            }
            if mayEnter { continuation.resume() }
        }
    }

    func leave() {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            if state.waiting.isEmpty {
                state.isOccupied = false
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
