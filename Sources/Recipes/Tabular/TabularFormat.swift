import TandemBasics
import TandemDatasets

extension TabularDataConfiguration.Format {
    /// The format that a person calls `name`; throws when there is none.
    static func named(_ name: String) throws -> Self {
        guard let format = Self(rawValue: name) else {
            throw TabularError.unknownFormat(name, known: allCases.map(\.rawValue))
        }
        return format
    }

    /// The format of the file at `path`: `auto` by its extension, of JSON by what is in it.
    ///
    /// JSON that cannot be read counts as records; their reader says what is wrong.
    func resolved(for path: String) throws -> Self {
        guard self == .auto else { return self }
        guard path.hasSuffix(".json") else { return .csv }
        let bytes = try WholeFile.read(path)
        let isTable = try? JSONReader.read(bytes) { reader throws(JSONProblem) in
            try Self.isTable(&reader)
        }
        return isTable == true ? .json : .callingScore
    }

    /// Whether the outer object names features, or the first record has them in a list; reads no further than needed.
    private static func isTable(_ reader: inout JSONReader) throws(JSONProblem) -> Bool {
        try reader.enterObject()
        while try reader.nextName() {
            if reader.name == "feature_names" { return true }
            if reader.name == "training_data" { return try isFirstRecordOfTable(&reader) }
            try reader.skipValue()
        }
        return false
    }

    private static func isFirstRecordOfTable(
        _ reader: inout JSONReader
    ) throws(JSONProblem) -> Bool {
        try reader.enterArray()
        guard try reader.nextElement() else { return false }
        try reader.enterObject()
        while try reader.nextName() {
            if reader.name == "features" { return true }
            try reader.skipValue()
        }
        return false
    }
}
