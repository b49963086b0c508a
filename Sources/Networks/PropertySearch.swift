/// Finds a value among the stored properties of a model, to name it in an error.
enum PropertySearch {
    /// The path of properties from `root` to the first value that `matches`, or `nil` when no property leads there.
    static func path(in root: Any, _ matches: (Any) -> Bool) -> String? {
        var visited = Set<ObjectIdentifier>()
        return find(root, matches, &visited)?.joined(separator: ".")
    }

    private static func find(
        _ value: Any, _ matches: (Any) -> Bool, _ visited: inout Set<ObjectIdentifier>
    ) -> [String]? {
        if matches(value) { return [] }
        if let object = value as? any Module {
            guard visited.insert(ObjectIdentifier(object)).inserted else { return nil }
        }
        var mirror: Mirror? = Mirror(reflecting: value)
        while let current = mirror {
            guard isContainer(value, current) else { return nil }
            for (place, child) in current.children.enumerated() {
                guard let rest = find(child.value, matches, &visited) else { continue }
                let name = current.displayStyle == .optional ? [] : [child.label ?? "\(place)"]
                return name + rest
            }
            mirror = current.superclassMirror
        }
        return nil
    }

    /// Modules and what they keep modules in; other objects and long arrays of numbers are not looked into.
    private static func isContainer(_ value: Any, _ mirror: Mirror) -> Bool {
        switch mirror.displayStyle {
        case .class: value is any Module
        case .collection: !(value is [Float] || value is [Int])
        case .optional, .tuple, .struct, .dictionary, .enum: true
        default: false
        }
    }
}
