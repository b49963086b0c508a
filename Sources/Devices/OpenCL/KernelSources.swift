import TandemBasics
import TandemOpenCLKernels

/// The texts of the kernels: embedded in the library, or read from `$TANDEM_KERNELS` while developing kernels.
enum KernelSources {
    /// Placed in front of every source.
    private static let prelude = ["common/common.clh", "element_wise/vectors.clh"]

    private static let embedded: [String: String] = {
        var count = 0
        let first = tandemKernelSources(&count)
        var texts: [String: String] = [:]
        for source in UnsafeBufferPointer(start: first, count: count) {
            let bytes = UnsafeRawBufferPointer(start: source.text, count: source.length)
            texts[String(cString: source.name)] = String(decoding: bytes, as: UTF8.self)
        }
        return texts
    }()

    /// Names of the embedded files: paths below `Kernels/`.
    static var embeddedFiles: [String] { embedded.keys.sorted() }

    /// The complete text of `program` (a path below `Kernels/` without `.cl`), prelude included.
    ///
    /// With `folder` the files are read from there; by default that is `$TANDEM_KERNELS`.
    static func text(
        of program: String, folder: String? = Environment.value("TANDEM_KERNELS")
    ) throws(DeviceError) -> String {
        var text = ""
        for file in prelude + ["\(program).cl"] {
            text += try contents(of: file, folder: folder)
            text += "\n"
        }
        return text
    }

    private static func contents(of file: String, folder: String?) throws(DeviceError) -> String {
        if let folder {
            guard let bytes = try? WholeFile.read("\(folder)/\(file)") else {
                throw .invalidArgument(
                    operation: "loading kernels",
                    detail: "cannot read \(folder)/\(file); TANDEM_KERNELS must name a folder "
                        + "laid out like Kernels/, or be unset")
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        guard let text = embedded[file] else {
            throw .invalidArgument(
                operation: "loading kernels",
                detail: "\(file) is not embedded; add it to Kernels/KernelSources.c")
        }
        return text
    }
}
