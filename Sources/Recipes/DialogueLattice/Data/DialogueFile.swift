import TandemBasics
import TandemDatasets

/// Reads pairs of questions and answers from whatever holds them.
enum DialogueFile {
    /// The name of the file of pairs in a folder.
    static let pairsName = "pairs.jsonl"
    /// The names of the vectors of questions and answers.
    static let vectorNames = ["questions.npy", "answers.npy"]

    /// The pairs in a folder or file: a folder with `pairs.jsonl`, with vectors or without, or a file by its ending.
    ///
    /// `.jsonl` and `.ndjson` have an object in every line, `.json` a list of them, `.csv` is a table with a header, `.txt` and
    /// `.text` have `Q: ... A: ...`.
    static func read(_ path: String) throws(DialogueError) -> DialogueSource {
        if Folder.isFolder(path) { return try readFolder(path) }
        let ending = path.split(separator: "/").last?.split(separator: ".").last?.lowercased()
        let source: DialogueSource
        switch ending {
        case "jsonl", "ndjson":
            source = try DialogueJSON.lines(bytes(of: path), path: path)
        case "json": source = try DialogueJSON.document(bytes(of: path), path: path)
        case "csv": source = try DialogueTable.read(bytes(of: path), path: path)
        case "txt", "text": source = try DialogueText.read(bytes(of: path), path: path)
        default:
            // A file that is not there is the likelier mistake.
            _ = try bytes(of: path)
            throw .unknownFormat(path: path)
        }
        return try checked(source)
    }

    private static func readFolder(_ folder: String) throws(DialogueError) -> DialogueSource {
        let path = "\(folder)/\(pairsName)"
        guard try exists(path) else { throw .unknownFormat(path: folder) }
        var found: [String] = []
        for name in vectorNames where try exists("\(folder)/\(name)") { found.append(name) }
        guard !found.isEmpty else {
            return try checked(DialogueJSON.lines(bytes(of: path), path: path))
        }
        var source = try DialogueJSON.lines(bytes(of: path), path: path, isEmbedded: true)
        source.path = folder
        source = try checked(source)
        source.vectors = try DialogueVectors.read(folder, pairs: source.pairs)
        return source
    }

    /// Refuses files without pairs and identifiers that occur again.
    private static func checked(_ source: DialogueSource) throws(DialogueError) -> DialogueSource {
        guard !source.pairs.isEmpty else { throw .noPairs(path: source.path) }
        var first: [String: Int] = [:]
        var problems: [DialogueProblem] = []
        for (row, pair) in source.pairs.enumerated() {
            if let other = first[pair.id] {
                problems.append(
                    DialogueProblem(
                        source.places[row], member: "id",
                        .repeated(id: pair.id, first: source.places[other])))
            } else {
                first[pair.id] = row
            }
        }
        if !problems.isEmpty { throw .unusable(path: source.path, problems: problems) }
        return source
    }

    /// The bytes of a file, without a byte order mark.
    static func bytes(of path: String) throws(DialogueError) -> [UInt8] {
        let bytes: [UInt8]
        do throws(FileError) { bytes = try WholeFile.read(path) } catch { throw .file(error) }
        return bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    }

    static func exists(_ path: String) throws(DialogueError) -> Bool {
        do throws(FileError) {
            return try Folder.fileExists(path)
        } catch {
            throw .file(error)
        }
    }

    /// A text without white space around it.
    static func trimmed(_ text: some StringProtocol) -> String {
        String(scalars: Array(text.unicodeScalars).trimmed)
    }

    /// The part that a word in a file means; nil when it means none.
    static func part(named name: String) -> DialoguePair.Part? {
        switch name.lowercased() {
        case "train", "training": .training
        case "val", "valid", "validation", "dev": .validation
        case "test", "testing": .test
        default: nil
        }
    }

    /// What the member `split` may say.
    static let partNames = "train, val or test"
}

extension DialogueVectors {
    /// The vectors beside `pairs.jsonl`, checked against it and against each other.
    static func read(
        _ folder: String, pairs: [DialoguePair]
    ) throws(DialogueError) -> DialogueVectors {
        var values: [[Float]] = []
        var width: Int?
        for name in DialogueFile.vectorNames {
            let path = "\(folder)/\(name)"
            let array: HostArray
            do throws(DatasetError) {
                array = try NPYFile.read(path)
            } catch {
                throw .vectors(error)
            }
            guard array.shape.count == 2, array.shape[0] == pairs.count, array.shape[1] > 0,
                array.shape[1] <= 65_536
            else {
                throw .shape(
                    path: path, found: array.shape,
                    expected: "[\(pairs.count), D], as \(DialogueFile.pairsName) has "
                        + "\(pairs.count) pairs")
            }
            if let width, width != array.shape[1] {
                throw .shape(
                    path: path, found: array.shape,
                    expected: "[\(pairs.count), \(width)], as \(DialogueFile.vectorNames[0]) has")
            }
            width = array.shape[1]
            guard [.float16, .float32].contains(array.elementType) else {
                throw .elementType(path: path, found: "\(array.elementType)")
            }
            values.append(try finite(array, path: path, pairs: pairs))
        }
        let dimension = width ?? 0
        return DialogueVectors(
            teacher: try teacher(folder, dimension: dimension), dimension: dimension,
            questions: values[0], answers: values[1])
    }

    private static func finite(
        _ array: HostArray, path: String, pairs: [DialoguePair]
    ) throws(DialogueError) -> [Float] {
        let values: [Float]
        do throws(HostArrayError) {
            values = try array.float32Values()
        } catch {
            throw .vectors(.array(file: path, error))
        }
        let width = array.shape[1]
        for row in pairs.indices {
            let vector = values[row * width..<(row + 1) * width]
            var problem: String?
            if let column = vector.firstIndex(where: { !$0.isFinite }) {
                problem = "has \(vector[column]) in column \(column - row * width)"
            } else if vector.allSatisfy({ $0 == 0 }) {
                problem = "is zero in every column"
            }
            if let problem {
                throw .badVector(path: path, row: row, id: pairs[row].id, value: problem)
            }
        }
        return values
    }

    /// Who made the vectors by `metadata.json`, where it says so; the folder's name without it.
    private static func teacher(
        _ folder: String, dimension: Int
    ) throws(DialogueError) -> String {
        let name = folder.split(separator: "/").last.map(String.init) ?? folder
        let path = "\(folder)/metadata.json"
        guard try DialogueFile.exists(path) else { return "vectors of \(name)" }
        let value: JSONValue
        let bytes = try DialogueFile.bytes(of: path)
        do throws(JSONProblem) {
            value = try JSONValue.parse(bytes)
        } catch {
            throw .notJSON(path: path, line: nil, error)
        }
        for stated in [value["dim"], value["teacher"]?["dim"]] {
            if let stated = stated?.wholeNumber, stated != dimension {
                throw .dimension(
                    path: "\(folder)/\(DialogueFile.vectorNames[0])", found: dimension,
                    expected: stated, by: "metadata.json says")
            }
        }
        guard let model = value["teacher"]?["model"]?.stringValue else {
            return "vectors of \(name)"
        }
        return model + (value["teacher"]?["package"]?.stringValue.map { " (\($0))" } ?? "")
    }
}
