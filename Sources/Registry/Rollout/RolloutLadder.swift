/// The shares of users that a test goes through, one after the other.
public struct RolloutLadder: Equatable, Sendable {
    /// The shares, rising.
    public let rungs: [Double]

    /// One in a hundred, one in ten, half, all.
    public static let standard = RolloutLadder([0.01, 0.10, 0.50, 1.00])

    /// A ladder of these shares; sorted, and limited to 0...1 without 0.
    public init(_ rungs: [Double]) {
        self.rungs = Set(rungs.filter { $0 > 0 && $0 <= 1 }).sorted()
    }

    /// The first rung above a share; nil at the top.
    public func rung(after fraction: Double) -> Double? {
        rungs.first { $0 > fraction }
    }
}
