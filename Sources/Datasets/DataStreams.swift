import TandemBasics

/// The streams of random numbers that the data sets use; the high halves of their identifiers keep the purposes apart.
enum DataStreams {
    /// Splitting documents into parts.
    static func documentSplit(seed: UInt64) -> RandomStream { stream(seed, 0x5350_4C54) }

    /// Splitting windows into parts.
    static func windowSplit(seed: UInt64) -> RandomStream { stream(seed, 0x5749_4E44) }

    /// Splitting examples, such as the rows of a table, into parts.
    static func split(seed: UInt64) -> RandomStream { stream(seed, 0x5441_424C) }

    /// Dividing examples into folds.
    static func folds(seed: UInt64) -> RandomStream { stream(seed, 0x464F_4C44) }

    /// Taking a validation part from the training part of a fold.
    static func foldValidation(seed: UInt64, fold: Int) -> RandomStream {
        stream(seed, 0x4656_414C, UInt32(truncatingIfNeeded: fold))
    }

    /// Directions of the search for duplicate rows.
    static let duplicateSearch = stream(0, 0x4455_5045)

    /// The order of the examples in one epoch.
    static func sampling(seed: UInt64, epoch: Int) -> RandomStream {
        stream(seed, 0x4F52_4452, UInt32(truncatingIfNeeded: epoch))
    }

    private static func stream(_ seed: UInt64, _ purpose: UInt64, _ part: UInt32 = 0)
        -> RandomStream
    {
        RandomStream(seed: seed, identifier: purpose << 32 | UInt64(part))
    }
}
