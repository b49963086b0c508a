#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

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
}
