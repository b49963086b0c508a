/// Fills batches of one kind of data set: windows of vectors, rows of tables.
public protocol BatchBuilder: Sendable {
    /// The memory of one batch, filled again and again: a class.
    associatedtype Batch: AnyObject, Sendable

    /// Makes the memory of one batch of at most `capacity` examples.
    func makeBatch(capacity: Int) throws -> Batch

    /// Fills `batch` with the given examples. Called on a background thread; it should allocate
    /// nothing. An error ends the preparation and reaches the consumer.
    func fill(_ batch: Batch, with examples: ArraySlice<Int32>) throws
}
