import TandemBasics

/// What the readers of scenarios, gifts and splits have in common.
enum GiftFile {
    /// What to do about a label that there is not.
    static let labelAdvice = "use one of the known words, or have unknown labels dropped"

    /// The whole content of a JSON file.
    static func read(_ path: String) throws(GiftError) -> JSONValue {
        let bytes: [UInt8]
        do throws(FileError) { bytes = try WholeFile.read(path) } catch { throw .file(error) }
        do throws(JSONProblem) {
            return try JSONValue.parse(bytes)
        } catch {
            throw .notJSON(path: path, error)
        }
    }

    /// The rows in the list that the member of an object holds; with `orBare` the content may be that list itself.
    static func rows(
        of value: JSONValue, name: String, member: String, orBare: Bool = false
    ) throws(GiftError) -> [JSONValue] {
        if orBare, let rows = value.elements { return rows }
        let expected = "a list of \(member)"
        guard value.orderedMembers != nil else {
            throw .unusable(
                path: name,
                problems: [
                    GiftProblem(
                        .wrong(
                            value: GiftRow.shown(value),
                            expected: "an object with the member '\(member)'"))
                ])
        }
        guard let list = value[member] else {
            throw .unusable(
                path: name, problems: [GiftProblem(member: member, .missing(expected: expected))])
        }
        guard let rows = list.elements else {
            throw .unusable(
                path: name,
                problems: [
                    GiftProblem(
                        member: member, .wrong(value: GiftRow.shown(list), expected: expected))
                ])
        }
        return rows
    }
}

extension GiftProfile {
    /// The profile as files have it.
    var json: JSONValue {
        .object([
            JSONMember("age", .integer(age)),
            JSONMember("hobbies", .array(hobbies.map { .string($0) })),
            JSONMember("relationship", .string(relationship)),
            JSONMember("budget", .number(budget)),
            JSONMember("occasion", .string(occasion)),
            JSONMember("preferences", .array(preferences.map { .string($0) })),
        ])
    }
}

extension GiftScenario {
    /// The scenario as files have it.
    var json: JSONValue { .object(jsonMembers) }

    /// The members of a scenario in files.
    var jsonMembers: [JSONMember] {
        [
            JSONMember("id", .string(id)),
            JSONMember("profile", profile.json),
            JSONMember("expected_categories", .array(expectedCategories.map { .string($0) })),
            JSONMember("expected_tools", .array(expectedTools.map { .string($0) })),
        ]
    }
}

extension Gift {
    /// The gift as files have it.
    var json: JSONValue {
        .object([
            JSONMember("id", .string(id)),
            JSONMember("name", .string(name)),
            JSONMember("category", .string(category)),
            JSONMember("price", .number(price)),
            JSONMember("rating", .number(rating)),
            JSONMember("tags", .array(tags.map { .string($0) })),
            JSONMember(
                "age_range", .array([.integer(ages.lowerBound), .integer(ages.upperBound)])),
            JSONMember("occasions", .array(occasions.map { .string($0) })),
        ])
    }
}
