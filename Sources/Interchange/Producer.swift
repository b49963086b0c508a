/// The program as it names itself in the files that it writes for others.
package enum Producer {
    /// The name.
    package static let name = "Tandem"
    /// The version.
    package static let version = "0.1.0"
}
