/// What the pages of reports tell their reader to type: the only words of the library about the command line.
enum ReportCommands {
    /// How a page is brought up to date.
    static let makeAgain = "'tandem report' makes this page again."
    /// Begins a test on a tenth of the users.
    static let startTest = "tandem registry ab start VERSION 0.1"
    /// How a switch is taken back.
    static let rollBack = "'tandem registry rollback' goes back to it."

    /// Registers the model of a variant from the results of its sweep at `path`.
    static func register(_ variant: String, of path: String) -> String {
        "tandem registry register VERSION --from-results \(path) --variant \(variant)"
    }
}
