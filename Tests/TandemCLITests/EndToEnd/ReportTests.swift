import Foundation
import Testing

@Suite("tandem report as a process", .serialized)
struct ReportTests {
    private func text(_ workspace: Workspace, _ name: String) throws -> String {
        try String(contentsOfFile: "\(workspace.folder)/\(name)", encoding: .utf8)
    }

    @Test("A finished run has its page, with the test figures; report makes the same one")
    func run() throws {
        try Workspace.with { workspace in
            let training = try workspace.tandem(
                "train", "--config", "config.json", "--out", "run", "--device", "cpu", "--quiet")
            #expect(training.status == 0, "\(training.diagnostics)")
            let page = try text(workspace, "run/report.html")
            #expect(page.hasPrefix("<!DOCTYPE html>") && page.contains("copy the last vector"))
            #expect(page.contains("All 6 epochs are done."))
            let result = try workspace.tandem("report", "run", "--out", "page.html")
            #expect(result.status == 0, "\(result.diagnostics)")
            #expect(result.output == "report: page.html\n")
            #expect(try text(workspace, "page.html") == page)
        }
    }

    @Test("The folder of a sweep gives the page of the sweep")
    func sweep() throws {
        try Workspace.with { workspace in
            try FileManager.default.createDirectory(
                atPath: workspace.folder + "/sweep", withIntermediateDirectories: false)
            try workspace.write(
                "sweep/optimization_results.json",
                """
                {"variants": [{"config": {"name": "v1"}, "val_loss": 0.5, "success": true}],
                 "summary": {"best_variant": "v1"}}
                """)
            let result = try workspace.tandem("report", "sweep")
            #expect(result.status == 0, "\(result.diagnostics)")
            #expect(try text(workspace, "sweep/report.html").contains("Tandem sweep"))
        }
    }

    @Test("A folder that is neither is an error")
    func neither() throws {
        try Workspace.with { workspace in
            for folder in ["chains", "missing"] {
                let result = try workspace.tandem("report", folder)
                #expect(result.status == 1)
                #expect(result.diagnostics.contains("'\(folder)' is not a run directory"))
            }
            #expect(try workspace.tandem("report").status == 64)
        }
    }
}
