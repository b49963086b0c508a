import Glibc

/// The environment variables of this process.
package enum Environment {
    /// The value of a variable; `nil` when it is absent or empty.
    package static func value(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// Sets a variable for libraries that are not loaded yet, unless the user has set it.
    package static func setDefault(_ name: String, to value: String) {
        setenv(name, value, 0)
    }
}
