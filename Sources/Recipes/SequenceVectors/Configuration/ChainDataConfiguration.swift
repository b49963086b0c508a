public import TandemConfiguration

/// Which documents, and how windows are cut from them.
public struct ChainDataConfiguration: Configuration, Equatable {
    /// Folder with `vectors.npy` and `documents.npy`, relative to `$TANDEM_DATA` (or `Data/`) unless it begins with `/` or `.`.
    public var path = "news-vectors"
    /// Vectors that the prediction is made from, C.
    public var contextLength = 16
    /// Distance between the starts of training windows.
    public var stride = 1
    /// Seed of the split by document when the folder has no `split.npy`.
    public var splitSeed: UInt64 = 42
    /// Share of the documents outside a fold that a sweep with folds chooses by.
    public var foldValidationShare = 0.15

    /// The values used where a file says nothing.
    public static let defaults = ChainDataConfiguration()

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.require(!path.isEmpty, "path", "''", mustBe: "a folder")
        checks.count(contextLength, "contextLength")
        checks.count(stride, "stride")
        checks.require(
            foldValidationShare > 0 && foldValidationShare < 1, "foldValidationShare",
            foldValidationShare, mustBe: "above 0 and below 1")
    }
}
