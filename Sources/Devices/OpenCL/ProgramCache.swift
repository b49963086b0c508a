import TandemBasics

/// Where compiled programs are kept between runs.
public enum ProgramCachePolicy: Sendable, Hashable {
    /// In `$XDG_CACHE_HOME/tandem` (else `~/.cache/tandem`), except where the driver keeps a cache by itself (PoCL).
    case automatic
    /// In this folder, whatever the driver.
    case directory(String)
    /// Nowhere.
    case none

    /// The cache for a device.
    func cache(for device: OpenCLDescription) -> ProgramCache? {
        switch self {
        case .automatic:
            guard !device.isPoCL else { return nil }
            return ProgramCache.defaultDirectory.map { ProgramCache(directory: $0) }
        case .directory(let path): return ProgramCache(directory: path)
        case .none: return nil
        }
    }
}

/// Compiled programs on disk, one file per key, safe against damage and against writers running at the same time.
///
/// A file holds a magic number, the key, a checksum and the driver's binary. Whatever does not match in every part is
/// ignored; the program is then built from source and the file replaced. So are files that somebody else owns or may
/// write, since a checksum proves nothing about who made them and the driver runs what they hold.
struct ProgramCache: Sendable {
    /// Changes whenever the layout of the files changes.
    static let formatVersion = 1

    private static let magic = Array("TANDEMCL".utf8)

    /// Folder of the files.
    let directory: String

    /// `$XDG_CACHE_HOME/tandem`, else `~/.cache/tandem`; `nil` when neither variable is set.
    static var defaultDirectory: String? {
        // The XDG base directory specification: relative values are to be ignored.
        if let cache = Environment.value("XDG_CACHE_HOME"), cache.hasPrefix("/") {
            return "\(cache)/tandem"
        }
        return Environment.value("HOME").map { "\($0)/.cache/tandem" }
    }

    /// The key of a program: everything that decides what the compiler makes of it.
    static func key(text: String, options: String, device: OpenCLDescription) -> [UInt8] {
        let parts = [
            text, options, device.name, device.driverVersion, device.platform,
            device.platformVersion, "\(formatVersion)",
        ]
        // Lengths keep neighbouring parts apart.
        return SHA256.hash(Array(parts.map { "\($0.utf8.count):\($0)" }.joined().utf8))
    }

    /// The binary stored under `key`, or `nil` when there is none or the file is damaged.
    func load(_ key: [UInt8]) -> [UInt8]? {
        guard let input = try? InputFile(path(key)), input.isPrivate,
            let file = try? input.read(at: 0, count: input.count)
        else { return nil }
        let header = Self.magic.count + key.count + 32
        guard file.count > header, file.starts(with: Self.magic) else { return nil }
        let binary = Array(file[header...])
        let expected = Self.magic + key + SHA256.hash(binary)
        return file.starts(with: expected) ? binary : nil
    }

    /// Stores `binary` under `key`; failures are harmless, since the program can always be built again.
    func store(_ binary: [UInt8], key: [UInt8]) {
        try? Folder.create(directory, permissions: 0o700)
        try? AtomicFile.write(
            Self.magic + key + SHA256.hash(binary) + binary, to: path(key), permissions: 0o600)
    }

    /// The file that belongs to `key`.
    func path(_ key: [UInt8]) -> String {
        "\(directory)/\(SHA256.hexadecimal(key)).clbin"
    }
}
