import TandemBasics
import TandemDatasets

/// Turns the text of calling-score records into the rows of a table, in one pass.
struct CallingScoreParser {
    private let options: CallingScoreOptions
    private(set) var count = 0
    private var findings = CallingScoreFindings()
    private var features: [Float] = []
    private var targets: [Float] = []
    private var users: [String] = []

    private var row: [Double]
    private var label = Label()

    /// What a record says about its outcome.
    private struct Label {
        var outcome: Double?
        var formula: Double?
        var type: String?
    }

    init(_ options: CallingScoreOptions) {
        self.options = options
        row = [Double](repeating: .nan, count: CallingScoreFeatures.names(of: options.kind).count)
    }

    /// The table of all records read.
    var table: NumericTable {
        NumericTable(
            featureNames: CallingScoreFeatures.names(of: options.kind),
            targetName: options.requiresLabels
                ? CallingScoreFeatures.targetName(of: options.kind) : "",
            features: features, targets: targets, groups: users.count == count ? users : nil)
    }

    /// What is unusual about them.
    var warnings: [String] {
        findings.warnings(count: count, users: users.count, options: options)
    }

    /// Reads the whole text.
    mutating func read(_ reader: inout JSONReader) throws {
        try reader.enterObject()
        while try reader.nextName() {
            guard reader.name == "training_data" else {
                try reader.skipValue()
                continue
            }
            try reader.require(.array, "an array of records", of: "training_data")
            try reader.enterArray()
            while try reader.nextElement() { try readRecord(&reader) }
        }
        try reader.finish()
    }

    private mutating func readRecord(_ reader: inout JSONReader) throws {
        for column in row.indices { row[column] = .nan }
        label = Label()
        findings.beginRecord()
        try reader.require(.object, of: "training_data[\(count)]")
        try reader.enterObject()
        while try reader.nextName() { try readMember(&reader) }
        CallingScoreFeatures.complete(&row, derives: options.derivesFeatures)
        for value in row { features.append(Float(value)) }
        if options.requiresLabels { targets.append(Float(target())) }
        count += 1
    }

    private mutating func readMember(_ reader: inout JSONReader) throws {
        guard let index = reader.index(in: Self.members) else {
            findings.noteUnread(reader)
            return try reader.skipValue()
        }
        if index < Self.objects.count {
            let object = Self.objects[index]
            if object.columns.upperBound > row.count { return try reader.skipValue() }
            return try readFeatures(object, &reader)
        }
        let name = Self.others[index - Self.objects.count]
        let isLabel = options.requiresLabels
        switch name {
        case "outcome_score" where isLabel: label.outcome = try readLabel(name, &reader)
        case "formula_calling_score" where isLabel && options.kind == .score:
            label.formula = try readLabel(name, &reader)
        case "outcome_type" where isLabel && options.kind == .outcome:
            label.type = try readType(name, &reader)
        case "user_id": try readUser(name, &reader)
        default: try reader.skipValue()
        }
    }

    private mutating func readFeatures(
        _ object: FeatureObject, _ reader: inout JSONReader
    ) throws {
        let kind = try reader.kind()
        if kind == .null { return try reader.null() }
        if kind != .object {
            throw TableProblem.wrongKind(
                .record(count, name: object.name), expected: "an object", found: kind.rawValue)
        }
        try reader.enterObject()
        while try reader.nextName() {
            guard let index = reader.index(in: object.names) else {
                findings.noteUnread(reader)
                try reader.skipValue()
                continue
            }
            let record = count
            func place() -> TablePlace {
                .record(record, name: "\(object.name).\(object.texts[index])")
            }
            guard let value = try reader.optionalNumber(at: place()) else { continue }
            let column = object.columns.lowerBound + index
            row[column] = value
            let isShare = column != CallingScoreFeatures.Columns.interactionCount
            if isShare, !(0...1 ~= value) { findings.noteOutside(value, at: place()) }
        }
    }

    private func readLabel(_ name: String, _ reader: inout JSONReader) throws -> Double? {
        let place = TablePlace.record(count, name: name)
        guard let value = try reader.optionalNumber(at: place) else { return nil }
        guard 0...1 ~= value else {
            throw TableProblem.labelOutsideUnitInterval(place, found: "\(value)")
        }
        return value
    }

    private func readType(_ name: String, _ reader: inout JSONReader) throws -> String? {
        let kind = try reader.kind()
        if kind == .null {
            try reader.null()
            return nil
        }
        let type = kind == .string ? try reader.string() : kind.rawValue
        guard ["positive", "neutral", "negative"].contains(type) else {
            throw TableProblem.wrongKind(
                .record(count, name: name), expected: "positive, neutral or negative",
                found: type)
        }
        return type
    }

    private mutating func readUser(_ name: String, _ reader: inout JSONReader) throws {
        switch try reader.kind() {
        case .null: try reader.null()
        case .string: users.append(try reader.string())
        case .number: users.append(try reader.value().text())
        case let kind:
            throw TableProblem.wrongKind(
                .record(count, name: name), expected: "a string", found: kind.rawValue)
        }
    }

    private mutating func target() -> Double {
        switch options.kind {
        case .score:
            if label.outcome == nil { findings.noteFallback(hasFormula: label.formula != nil) }
            return label.outcome ?? label.formula ?? 0.5
        case .outcome:
            if label.outcome == nil, label.type == nil { findings.noteFallback(hasFormula: false) }
            return label.type == "positive" || (label.outcome ?? 0) >= 0.7 ? 1 : 0
        }
    }
}

/// One of the objects of a record that hold features.
private struct FeatureObject {
    let name: String
    let texts: [String]
    let names: JSONNames
    let columns: Range<Int>

    init(_ name: String, _ texts: [String], _ columns: Range<Int>) {
        self.name = name
        self.texts = texts
        self.columns = columns
        names = JSONNames(texts)
    }
}

extension CallingScoreParser {
    private typealias Columns = CallingScoreFeatures.Columns

    private static let objects = [
        FeatureObject("user_vibe_dimensions", CallingScoreFeatures.dimensions, Columns.user),
        FeatureObject("spot_vibe_dimensions", CallingScoreFeatures.dimensions, Columns.spot),
        FeatureObject("context_features", CallingScoreFeatures.context, Columns.context),
        FeatureObject("timing_features", CallingScoreFeatures.timing, Columns.timing),
        FeatureObject("history_features", CallingScoreFeatures.history, Columns.history),
    ]

    /// The other members of a record; those without use here are part of the format all the same.
    private static let others = [
        "outcome_score", "formula_calling_score", "outcome_type", "user_id", "is_called",
        "opportunity_id", "timestamp",
    ]

    private static let members = JSONNames(objects.map(\.name) + others)
}
