/// Where and why a text is not valid JSON.
public struct JSONSyntaxError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The line of the fault, counted from 1.
    public let line: Int
    /// The byte in that line, counted from 1.
    public let column: Int
    /// What is wrong there.
    public let message: String

    /// The position, then what is wrong.
    public var description: String { "line \(line), column \(column): \(message)" }
}
