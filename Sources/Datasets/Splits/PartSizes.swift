/// How many examples each part of a ``DataSplit`` is to have.
struct PartSizes: Equatable {
    let training: Int
    let validation: Int
    let test: Int

    /// Of `count` examples both shares together, rounded up, are held out, and of these the test part's share, rounded up, is
    /// for testing.
    ///
    /// Throws when a share is no share, or a part that is wanted would have no example.
    init(count: Int, validation: Double, test: Double) throws(SplitProblem) {
        guard validation >= 0, test >= 0, validation + test < 1 else {
            throw .badShares(validation: validation, test: test)
        }
        if count > Int(Int32.max) || (count < 4 && validation > 0 && test > 0) {
            throw .badCount(count)
        }
        let heldOut = Self.roundedUp(Double(count) * (validation + test))
        self.test =
            test == 0 ? 0 : Self.roundedUp(Double(heldOut) * (test / (validation + test)))
        self.validation = heldOut - self.test
        training = count - heldOut
        let parts = [
            ("training", training, 1), ("validation", self.validation, validation),
            ("test", self.test, test),
        ]
        for (name, size, share) in parts where size < 1 && share > 0 {
            throw .noExamplesFor(part: name, count: count)
        }
    }

    /// Eight tenths for training and one tenth for validation, rounded down, the rest for testing; validation and test part
    /// get at least one document each when there are three or more, else all are for training.
    init(documentCount count: Int) {
        guard count >= 3 else {
            (training, validation, test) = (count, 0, 0)
            return
        }
        validation = max(1, count / 10)
        training = min(count * 8 / 10, count - validation - 1)
        test = count - training - validation
    }

    /// The sizes in the order training, validation, test.
    var inOrder: [Int] { [training, validation, test] }

    /// Shares such as 0.15 + 0.15 are not exact: a product this little above a whole number is that number.
    private static func roundedUp(_ size: Double) -> Int { Int((size - 1e-6).rounded(.up)) }
}
