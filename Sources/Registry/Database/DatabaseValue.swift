public import TandemBasics
import TandemDatasets

/// A value as SQLite stores it.
public enum DatabaseValue: Equatable, Sendable {
    /// Nothing.
    case null
    /// A whole number.
    case integer(Int)
    /// A finite number.
    case real(Double)
    /// A text.
    case text(String)
}

/// A type whose values stand in the columns of a table.
public protocol DatabaseConvertible {
    /// The stored form; throws a ``DatabaseProblem`` for a value that cannot be stored.
    var databaseValue: DatabaseValue { get throws(DatabaseProblem) }

    /// The value of a stored form, or nil if the form is not one of this type.
    init?(databaseValue: DatabaseValue)
}

extension DatabaseValue: DatabaseConvertible {
    /// The stored form.
    public var databaseValue: DatabaseValue { get throws(DatabaseProblem) { self } }

    /// The value of a stored form; nil for the form of another type.
    public init?(databaseValue: DatabaseValue) { self = databaseValue }
}

extension String: DatabaseConvertible {
    /// The stored form.
    public var databaseValue: DatabaseValue { get throws(DatabaseProblem) { .text(self) } }

    /// The value of a stored form; nil for the form of another type.
    public init?(databaseValue: DatabaseValue) {
        guard case .text(let text) = databaseValue else { return nil }
        self = text
    }
}

extension Int: DatabaseConvertible {
    /// The stored form.
    public var databaseValue: DatabaseValue { get throws(DatabaseProblem) { .integer(self) } }

    /// The value of a stored form; nil for the form of another type.
    public init?(databaseValue: DatabaseValue) {
        guard case .integer(let value) = databaseValue else { return nil }
        self = value
    }
}

/// Stored as 0 or 1.
extension Bool: DatabaseConvertible {
    /// The stored form.
    public var databaseValue: DatabaseValue {
        get throws(DatabaseProblem) { .integer(self ? 1 : 0) }
    }

    /// The value of a stored form; nil for the form of another type.
    public init?(databaseValue: DatabaseValue) {
        switch databaseValue {
        case .integer(0): self = false
        case .integer(1): self = true
        default: return nil
        }
    }
}

/// SQLite would store NaN as nothing, silently; here it is refused.
extension Double: DatabaseConvertible {
    /// The stored form.
    public var databaseValue: DatabaseValue {
        get throws(DatabaseProblem) {
            guard isFinite else { throw .nonFiniteNumber("\(self)") }
            return .real(self)
        }
    }

    /// The value of a stored form; nil for the form of another type.
    public init?(databaseValue: DatabaseValue) {
        switch databaseValue {
        case .real(let value): self = value
        case .integer(let value): self = Double(value)
        default: return nil
        }
    }
}

extension Moment: DatabaseConvertible {
    /// The stored form.
    public var databaseValue: DatabaseValue {
        get throws(DatabaseProblem) { .text(description) }
    }

    /// The value of a stored form; nil for the form of another type.
    public init?(databaseValue: DatabaseValue) {
        guard case .text(let text) = databaseValue else { return nil }
        self.init(text)
    }
}

/// Stored as JSON text on one line.
extension JSONValue: DatabaseConvertible {
    /// The stored form.
    public var databaseValue: DatabaseValue {
        get throws(DatabaseProblem) {
            do throws(JSONProblem) {
                return .text(try text())
            } catch {
                throw .nonFiniteNumber(error.description)
            }
        }
    }

    /// The value of a stored form; nil for the form of another type.
    public init?(databaseValue: DatabaseValue) {
        guard case .text(let text) = databaseValue,
            let value = try? JSONValue.parse(Array(text.utf8))
        else { return nil }
        self = value
    }
}

/// Stored as null or as the value itself.
extension Optional: DatabaseConvertible where Wrapped: DatabaseConvertible {
    /// The stored form.
    public var databaseValue: DatabaseValue {
        get throws(DatabaseProblem) { try self?.databaseValue ?? .null }
    }

    /// The value of a stored form; nil for the form of another type.
    public init?(databaseValue: DatabaseValue) {
        if databaseValue == .null {
            self = .none
        } else if let value = Wrapped(databaseValue: databaseValue) {
            self = value
        } else {
            return nil
        }
    }
}

/// An enumeration of texts is stored as its text.
extension DatabaseConvertible where Self: RawRepresentable, RawValue == String {
    /// The raw value.
    public var databaseValue: DatabaseValue { get throws(DatabaseProblem) { .text(rawValue) } }

    /// The case of the raw value.
    public init?(databaseValue: DatabaseValue) {
        guard case .text(let text) = databaseValue else { return nil }
        self.init(rawValue: text)
    }
}
