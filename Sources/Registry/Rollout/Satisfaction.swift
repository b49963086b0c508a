extension ModelRegistry {
    /// Logs how satisfied a user is, from 0 to 1; the watch of a switch goes by these scores.
    ///
    /// - Parameters:
    ///   - score: the score.
    ///   - at: when; nil for the present moment.
    /// - Returns: the identifier of the row.
    /// - Throws: `RolloutError.invalidScore`.
    @discardableResult
    public func logSatisfaction(_ score: Double, at: Moment? = nil) throws -> Int {
        guard (0...1).contains(score) else {
            throw RolloutError.invalidScore(name: "the satisfaction score", score)
        }
        return try database.transaction {
            try database.execute(
                "INSERT INTO satisfaction(score, at) VALUES (?, ?)",
                [score, at ?? database.clock.now()])
            return database.lastIdentifier
        }
    }
}
