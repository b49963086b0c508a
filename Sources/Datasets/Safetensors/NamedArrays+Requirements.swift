extension NamedArrays {
    /// Throws all differences between these arrays and the needed ones at once; `file` is the name
    /// used in the error.
    public func require(
        _ requirements: [ArrayRequirement], matching: ArrayMatching = .strict, file: String
    ) throws(DatasetError) {
        let mismatches = mismatches(with: requirements, matching: matching)
        if !mismatches.isEmpty { throw .mismatches(file: file, mismatches) }
    }
}
