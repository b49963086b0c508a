public import FoundationEssentials

/// Where data sets are looked up.
public enum DataLocation {
    /// The environment variable that names the folder of all data sets.
    public static let variable = "TANDEM_DATA"

    /// The path of a data set: unchanged when it begins with `/` or `.`, else inside `$TANDEM_DATA` (default `Data`).
    public static func resolve(
        _ path: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String {
        if path.hasPrefix("/") || path.hasPrefix(".") { return path }
        let folder = environment[variable].flatMap { $0.isEmpty ? nil : $0 } ?? "Data"
        return "\(folder)/\(path)"
    }

    /// A path that a person has typed and means as it stands, in a form that is not looked up under `$TANDEM_DATA`.
    public static func explicit(_ path: String) -> String {
        path.hasPrefix("/") || path.hasPrefix(".") ? path : "./" + path
    }

    /// The folder of a data set, with its path from the root, so that it is found from every working directory.
    ///
    /// Throws when no folder is there, saying where it was looked for.
    public static func folder(of path: String) throws -> String {
        try find(path, isFolder: true)
    }

    /// The file of a data set, with its path from the root; throws when no file is there, saying where it was looked for.
    public static func file(of path: String) throws -> String {
        try find(path, isFolder: false)
    }

    private static func find(_ path: String, isFolder wanted: Bool) throws -> String {
        let resolved = resolve(path)
        var isFolder: Bool = false
        guard FileManager.default.fileExists(atPath: resolved, isDirectory: &isFolder),
            isFolder == wanted
        else {
            throw DataLocationError.notFound(
                path: resolved, name: resolved == path ? nil : path, isFolder: wanted)
        }
        let working = FileManager.default.currentDirectoryPath
        let joined = resolved.hasPrefix("/") ? resolved : "\(working)/\(resolved)"
        return URL(filePath: joined).standardizedFileURL.path
    }
}

/// Why a data set cannot be found.
public enum DataLocationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// No folder or file is there; `name` is the data set's name when it was looked up under `$TANDEM_DATA`.
    case notFound(path: String, name: String?, isFolder: Bool)

    /// What happened, with the values, and what to do next.
    public var description: String {
        switch self {
        case .notFound(let path, let name, let isFolder):
            let place =
                name.map {
                    "; '\($0)' is looked up in the folder that \(DataLocation.variable) names"
                }
                ?? ""
            return "no data set at '\(path)': No such file or directory\(place); "
                + "give the path of \(isFolder ? "its folder" : "the file")"
        }
    }
}
