public import Devices

/// One check of a device.
public struct ConformanceCase: Sendable {
    /// What is run and on which sizes, unique within a suite.
    public let name: String
    /// The family that the operation belongs to.
    public let family: OperationFamily

    private let check: @Sendable (any Device) throws -> [CaseFinding]

    init(
        name: String, family: OperationFamily,
        check: @escaping @Sendable (any Device) throws -> [CaseFinding]
    ) {
        self.name = name
        self.family = family
        self.check = check
    }

    /// Runs the case on `device`; an error thrown by the device is a failure of the case.
    public func run(on device: any Device) -> CaseResult {
        do {
            return CaseResult(name: name, family: family, findings: try check(device))
        } catch {
            return CaseResult(
                name: name, family: family,
                findings: [CaseFinding(subject: "error", detail: "\(error)")])
        }
    }
}

/// The outcome of one case on one device.
public struct CaseResult: Sendable, Codable {
    /// The name of the case.
    public let name: String
    /// The family of the case.
    public let family: OperationFamily
    /// What was wrong; empty if the case passed.
    public let findings: [CaseFinding]

    /// Whether nothing was wrong.
    public var passed: Bool { findings.isEmpty }
}

extension CaseResult: CustomStringConvertible {
    /// The case and what was wrong, one line for each finding.
    public var description: String {
        guard !passed else { return "\(family.rawValue): \(name): passed" }
        return findings.map { "\(family.rawValue): \(name): \($0)" }.joined(separator: "\n")
    }
}

/// Something that a device got wrong in one case.
public struct CaseFinding: Sendable, Codable, CustomStringConvertible {
    /// The array or the behaviour that is wrong.
    public let subject: String
    /// How many elements are wrong, the worst of them, what was expected there and what was found.
    public let detail: String

    init(subject: String, detail: String) {
        self.subject = subject
        self.detail = detail
    }

    /// Subject and detail.
    public var description: String { "\(subject): \(detail)" }
}
