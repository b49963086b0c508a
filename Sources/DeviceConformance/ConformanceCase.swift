public import TandemDevices

/// One check of a device.
public struct ConformanceCase: Sendable {
    /// What is run and on which sizes, unique within a suite.
    public let name: String
    /// The family that the operation belongs to.
    public let family: OperationFamily

    private let check: @Sendable (any Device) throws -> [CaseFinding]
    private let difference: @Sendable (any Device, any Device, Agreement) throws -> [CaseFinding]

    init(
        name: String, family: OperationFamily,
        check: @escaping @Sendable (any Device) throws -> [CaseFinding],
        difference:
            @escaping @Sendable (any Device, any Device, Agreement) throws -> [CaseFinding] =
            { _, _, _ in [] }
    ) {
        self.name = name
        self.family = family
        self.check = check
        self.difference = difference
    }

    /// Runs the case on `device`; an error thrown by the device is a failure of the case.
    public func run(on device: any Device) -> CaseResult {
        result { try check(device) }
    }

    /// Runs the case on two devices and compares what they computed with each other instead of with the reference.
    ///
    /// Cases about the behaviour of one device alone pass.
    public func compare(_ device: any Device, with other: any Device, _ agreement: Agreement)
        -> CaseResult
    {
        result { try difference(device, other, agreement) }
    }

    private func result(_ findings: () throws -> [CaseFinding]) -> CaseResult {
        do {
            return CaseResult(name: name, family: family, findings: try findings())
        } catch {
            return CaseResult(
                name: name, family: family,
                findings: [CaseFinding(subject: "error", detail: "\(error)")])
        }
    }
}

/// How well two devices must agree.
public enum Agreement: Sendable {
    /// Within the tolerance of the case.
    case withinTolerance
    /// In every bit.
    case toTheBit
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

    /// Subject and detail.
    public var description: String { "\(subject): \(detail)" }
}
