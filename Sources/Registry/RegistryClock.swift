/// Where the registry takes the present moment from; tests hand in a clock of their own.
public struct RegistryClock: Sendable {
    /// Returns the present moment.
    public let now: @Sendable () -> Moment

    /// Makes a clock that asks `now`.
    public init(_ now: @escaping @Sendable () -> Moment) {
        self.now = now
    }

    /// The clock of the system.
    public static let system = RegistryClock { Moment.now() }
}
