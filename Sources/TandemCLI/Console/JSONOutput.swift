import FoundationEssentials

extension Console {
    /// Prints one JSON object as the whole result of a command, keys sorted.
    ///
    /// Numbers that JSON cannot express are written as the strings `NaN`, `Infinity`, `-Infinity`.
    func printJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}
