public import Testing

/// Lets one test at a time use the shared devices, where counters of memory are compared.
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
        let result = await Self.result(of: function)
        await Turnstile.shared.leave()
        try result.get()
    }

    private static func result(
        of function: @concurrent @Sendable () async throws -> Void
    ) async -> Result<Void, any Error> {
        do { return .success(try await function()) } catch { return .failure(error) }
    }
}

extension Trait where Self == ExclusiveDevices {
    /// One test at a time uses the shared devices.
    public static var exclusiveDevices: Self { ExclusiveDevices() }
}

/// Admits one caller at a time, in the order of their arrival.
private actor Turnstile {
    static let shared = Turnstile()

    private var isOccupied = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func enter() async {
        guard isOccupied else {
            isOccupied = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    /// Hands the turn to the first who waits; the turnstile stays occupied meanwhile.
    func leave() {
        if waiting.isEmpty { isOccupied = false } else { waiting.removeFirst().resume() }
    }
}
