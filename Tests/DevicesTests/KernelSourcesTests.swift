import TandemBasics
import FoundationEssentials
import Testing

@testable import TandemDevices

@Suite struct KernelSourcesTests {
    /// The folder `Kernels/` of this package.
    private let kernels = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Kernels")
        .resolvingSymlinksInPath()

    @Test func embedsEveryKernel() throws {
        let files = try FileManager.default.subpathsOfDirectory(atPath: kernels.path())
            .filter { $0.hasSuffix(".cl") || $0.hasSuffix(".clh") }
        #expect(files.sorted() == KernelSources.embeddedFiles)
    }

    @Test func readsAFolderInPlaceOfTheEmbeddedTexts() throws {
        let program = "element_wise/scaled"
        let embedded = try KernelSources.text(of: program, folder: nil)
        #expect(embedded.contains("__kernel void axpy"))
        #expect(try KernelSources.text(of: program, folder: kernels.path()) == embedded)

        let folder = FileManager.default.temporaryDirectory
            .appending(path: "tandem-kernels-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for file in ["common/common.clh", "element_wise/vectors.clh", "\(program).cl"] {
            let path = folder.appending(path: file)
            try Folder.create(path.deletingLastPathComponent().path())
            try AtomicFile.write("// \(file)", to: path.path())
        }
        #expect(
            try KernelSources.text(of: program, folder: folder.path()) == """
                // common/common.clh
                // element_wise/vectors.clh
                // element_wise/scaled.cl

                """)
    }

    @Test func namesTheFileThatIsMissing() throws {
        let error = try #require(throws: DeviceError.self) {
            try KernelSources.text(of: "no/such", folder: "/nowhere")
        }
        #expect(error.description.contains("/nowhere/common/common.clh"))
        #expect(throws: DeviceError.self) { try KernelSources.text(of: "no/such", folder: nil) }
    }
}
