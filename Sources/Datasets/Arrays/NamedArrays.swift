/// Arrays with names, in the order in which they were added or stand in their file.
public struct NamedArrays: Sendable, Equatable {
    /// The names in order.
    public private(set) var names: [String] = []
    private var arrays: [String: HostArray] = [:]

    /// Makes an empty collection.
    public init() {}

    /// Makes a collection of the given arrays; throws when two names are equal.
    public init(_ arrays: [(name: String, array: HostArray)]) throws(HostArrayError) {
        for (name, array) in arrays { try append(array, named: name) }
    }

    /// The number of arrays.
    public var count: Int { names.count }

    /// The array of the given name, or nil.
    public subscript(name: String) -> HostArray? { arrays[name] }

    /// The array of the given name; throws when there is none.
    public func array(named name: String) throws(HostArrayError) -> HostArray {
        guard let array = arrays[name] else { throw .missing(name: name, available: names) }
        return array
    }

    /// Adds an array at the end; throws when its name is taken.
    public mutating func append(
        _ array: HostArray, named name: String
    ) throws(HostArrayError) {
        guard arrays[name] == nil else { throw .duplicateName(name) }
        names.append(name)
        arrays[name] = array
    }
}

/// An array that a reader needs: a parameter of a model, for instance.
public struct ArrayRequirement: Sendable, Equatable {
    /// The name to be found.
    public let name: String
    /// The shape it must have.
    public let shape: [Int]
    /// The element type it must have; nil for any.
    public let elementType: ElementType?

    /// Makes a requirement.
    public init(name: String, shape: [Int], elementType: ElementType? = nil) {
        self.name = name
        self.shape = shape
        self.elementType = elementType
    }
}

/// What must hold between the arrays of a file and the arrays needed.
public struct ArrayMatching: OptionSet, Sendable {
    /// The options as bits.
    public let rawValue: Int

    /// Makes a set from its bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Every name that is needed must be there.
    public static let allNamesPresent = ArrayMatching(rawValue: 1)
    /// The shapes (and the element types, where given) must be equal.
    public static let equalShapes = ArrayMatching(rawValue: 2)
    /// Every name that is there must be needed.
    public static let noUnusedNames = ArrayMatching(rawValue: 4)
    /// All of them.
    public static let strict: ArrayMatching = [.allNamesPresent, .equalShapes, .noUnusedNames]
}

/// One difference between the arrays that are there and the arrays that are needed.
public enum ArrayMismatch: Equatable, Sendable {
    /// A needed array is not there.
    case missing(name: String, shape: [Int])
    /// An array has another shape than needed.
    case shape(name: String, expected: [Int], found: [Int])
    /// An array has other elements than needed.
    case elementType(name: String, expected: ElementType, found: ElementType)
    /// An array is there that nobody needs.
    case unused(name: String, shape: [Int])
}

extension ArrayMismatch: CustomStringConvertible {
    /// The name and what differs.
    public var description: String {
        switch self {
        case .missing(let name, let shape): "missing: \"\(name)\" \(shape)"
        case .shape(let name, let expected, let found):
            "shape: \"\(name)\" is \(found), expected \(expected)"
        case .elementType(let name, let expected, let found):
            "type: \"\(name)\" holds \(found), expected \(expected)"
        case .unused(let name, let shape): "unused: \"\(name)\" \(shape)"
        }
    }
}

extension NamedArrays {
    /// All differences between these arrays and the needed ones, in the order of the requirements,
    /// then of the names here; empty when everything fits.
    public func mismatches(
        with requirements: [ArrayRequirement], matching: ArrayMatching = .strict
    ) -> [ArrayMismatch] {
        var mismatches: [ArrayMismatch] = []
        for need in requirements {
            guard let array = arrays[need.name] else {
                if matching.contains(.allNamesPresent) {
                    mismatches.append(.missing(name: need.name, shape: need.shape))
                }
                continue
            }
            guard matching.contains(.equalShapes) else { continue }
            if array.shape != need.shape {
                mismatches.append(
                    .shape(name: need.name, expected: need.shape, found: array.shape))
            }
            if let type = need.elementType, type != array.elementType {
                mismatches.append(
                    .elementType(name: need.name, expected: type, found: array.elementType))
            }
        }
        if matching.contains(.noUnusedNames) {
            let needed = Set(requirements.map(\.name))
            for name in names where !needed.contains(name) {
                mismatches.append(.unused(name: name, shape: arrays[name]?.shape ?? []))
            }
        }
        return mismatches
    }

    /// Throws all differences between these arrays and the needed ones at once; `file` is the name
    /// used in the error.
    public func require(
        _ requirements: [ArrayRequirement], matching: ArrayMatching = .strict, file: String
    ) throws(DatasetError) {
        let mismatches = mismatches(with: requirements, matching: matching)
        if !mismatches.isEmpty { throw .mismatches(file: file, mismatches) }
    }
}
