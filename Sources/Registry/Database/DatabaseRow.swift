/// One row of a result, its columns known by name.
public struct DatabaseRow: Sendable {
    let path: String
    /// The names of the columns, in the order of the query.
    public let columns: [String]
    /// The values, in the same order.
    public let values: [DatabaseValue]

    /// The value of a column as the type that is asked for.
    ///
    /// - Throws: `DatabaseProblem.unexpectedValue` if the column is not there or holds something else.
    public func value<Value: DatabaseConvertible>(
        _ column: String, as type: Value.Type = Value.self
    ) throws(RegistryError) -> Value {
        guard let index = columns.firstIndex(of: column) else {
            throw .database(
                path: path, .unexpectedValue(column: column, found: "nothing: it is missing"))
        }
        guard let value = Value(databaseValue: values[index]) else {
            throw .database(
                path: path, .unexpectedValue(column: column, found: "\(values[index])"))
        }
        return value
    }
}
