import TandemBasics
import TandemDatasets
import Glibc

/// The folder that an embedding run writes to.
///
/// Checked before the work begins, so that nobody waits for vectors that cannot be written.
struct EmbeddingOutput {
    /// The value of `madeBy` in `metadata.json`, by which a folder of an earlier run is known.
    static let maker = "tandem embed"

    private let folder: String
    private let isCreated: Bool

    /// Makes sure that the folder can be written; creates it if it is absent.
    init(_ folder: String, overwrites: Bool) throws(EmbeddingError) {
        self.folder = folder
        isCreated = access(folder, F_OK) != 0 && errno == ENOENT
        let names = try wrapping(EmbeddingError.file) { () throws(FileError) in
            try Folder.create(folder)
            let names = try Folder.names(in: folder)
            if access(folder, W_OK | X_OK) != 0 {
                throw .system(operation: "writing", path: folder, code: errno)
            }
            return names
        }
        guard !names.isEmpty else { return }
        guard Self.isOwn(folder) else { throw .outputIsForeign(folder) }
        guard overwrites else { throw .outputExists(folder) }
    }

    /// Writes the vectors as 16-bit floats with documents, split and metadata.
    func write(_ result: EmbeddedFolder) throws(EmbeddingError) {
        let vectors = result.chains.vectors
        let array = try wrapping({ .output(.array(file: folder, $0)) }) {
            () throws(HostArrayError) in
            try HostArray(shape: [vectors.count, vectors.dimension], elements: vectors.values)
                .convertedToFloat16()
        }
        try wrapping(EmbeddingError.output) { () throws(DatasetError) in
            try DocumentChains.write(
                folder: folder, vectors: array,
                documentLengths: result.chains.documents.map(\.count),
                parts: result.chains.parts, metadata: result.metadata)
        }
    }

    /// Removes the folder if this run made it and it is still empty.
    func removeIfCreated() {
        if isCreated {
            rmdir(folder)
        }
    }

    private static func isOwn(_ folder: String) -> Bool {
        guard let bytes = try? WholeFile.read("\(folder)/metadata.json"),
            let metadata = try? JSONValue.parse(bytes)
        else { return false }
        return metadata["madeBy"] == .string(maker)
    }
}
