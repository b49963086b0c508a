import TandemBasics
public import TandemReports
import TandemDatasets

/// The page of a sweep made from the files in its folder.
public enum SweepReportFile {
    /// The file in `folder` that makes it the folder of a sweep.
    public static func results(in folder: String) -> String {
        folder + "/optimization_results.json"
    }

    /// The page of the sweep in `folder`.
    ///
    /// The name of the sweep is that in `config.json`, or the folder's.
    ///
    /// - Throws: `FileError` when the results cannot be read, `ReportError.badResults` when they are no results.
    public static func page(in folder: String) throws -> ReportPage {
        let path = results(in: folder)
        let bytes = try WholeFile.read(path)
        let results: JSONValue
        do throws(JSONProblem) {
            results = try JSONValue.parse(bytes)
        } catch {
            throw ReportError.badResults(path: path, problem: "\(error)")
        }
        return SweepReport(
            try SweepReportContent(results: results, title: title(of: folder), path: path)
        ).page
    }

    private static func title(of folder: String) -> String {
        let bytes = try? WholeFile.read(folder + "/config.json")
        let configuration = bytes.flatMap { try? JSONValue.parse($0) }
        return configuration?["name"]?.stringValue
            ?? folder.split(separator: "/").last.map(String.init) ?? folder
    }
}
