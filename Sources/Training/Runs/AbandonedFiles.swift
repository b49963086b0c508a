import TandemBasics

import FoundationEssentials

/// What processes that were killed while writing have left behind.
enum AbandonedFiles {
    /// Removes it from `folder`, whatever the files were to be; a folder that cannot be read is left alone.
    static func remove(in folder: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var files = Set<String>()
        for name in names where name.hasPrefix(".") && name.hasSuffix(".tmp") {
            // `.<file>.<process>.<number>.tmp`
            let parts = name.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
            if parts.count > 3 { files.insert(parts.dropLast(3).joined(separator: ".")) }
        }
        for file in files { AtomicFile.removeAbandonedTemporaries(of: "\(folder)/\(file)") }
    }
}
