/// The program as it names itself in the files that it writes for others.
public enum Producer {
    /// The name.
    public static let name = "Tandem"
    /// The version.
    public static let version = "0.1.0"
}
