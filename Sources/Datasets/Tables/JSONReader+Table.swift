import TandemBasics

extension JSONReader {
    /// Reads a number of a table; whatever else stands there is a problem at `place`.
    ///
    /// - Parameter place: the record and the name of the value, for messages.
    /// - Returns: the number, which is finite in 32 bits too.
    /// - Throws: ``TableProblem`` for anything else, also for `NaN` and `Infinity`, which are not
    ///   JSON but which some programs write; ``JSONProblem`` when the text ends.
    public mutating func number(at place: @autoclosure () -> TablePlace) throws -> Double {
        skipSpaces()
        let start = position
        do throws(JSONProblem) {
            let value = try number()
            if Float(value).isFinite { return value }
        } catch {
            if case .unexpectedEnd = error { throw error }
            throw TableProblem.notANumber(place(), found: excerpt(from: start))
        }
        throw TableProblem.tooLarge(place(), found: excerpt(from: start))
    }

    /// Reads a number of a table, or nil for `null`; else as ``number(at:)``.
    ///
    /// - Parameter place: the record and the name of the value, for messages.
    /// - Returns: the number, or nil.
    /// - Throws: what ``number(at:)`` throws.
    public mutating func optionalNumber(
        at place: @autoclosure () -> TablePlace
    ) throws -> Double? {
        skipSpaces()
        if position < bytes.count, bytes[position] == UInt8(ascii: "n") {
            try null()
            return nil
        }
        return try number(at: place())
    }

    /// The bytes from `start` up to a comma, bracket or space, at most 40 of them, for messages.
    private func excerpt(from start: Int) -> String {
        let rest = bytes[start...].prefix(40)
        return String(decoding: rest.prefix { !",]} \t\r\n".utf8.contains($0) }, as: UTF8.self)
    }
}
