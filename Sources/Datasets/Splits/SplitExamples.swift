/// The examples of a data set as a division into parts sees them: how many there are, which of them belong together,
/// and of which class each one is.
public struct SplitExamples: Sendable, Equatable {
    /// The number of examples.
    public let count: Int
    /// The group of every example, which is never divided; nil when each stands alone.
    public let groups: [String]?
    /// The class of every example, of which every part gets its share; nil when classes do not matter.
    public let labels: [String]?

    /// Describes `count` examples.
    ///
    /// Throws when there are not as many groups or labels as examples.
    public init(
        count: Int, groups: [String]? = nil, labels: [String]? = nil
    ) throws(SplitProblem) {
        if let groups, groups.count != count {
            throw .wrongCount(of: "groups", count: groups.count, examples: count)
        }
        if let labels, labels.count != count {
            throw .wrongCount(of: "labels", count: labels.count, examples: count)
        }
        self.init(count: count, ofGroups: groups, labels: labels)
    }

    private init(count: Int, ofGroups groups: [String]?, labels: [String]?) {
        self.count = count
        self.groups = groups
        self.labels = labels
    }

    /// The examples with the given numbers, in that order.
    func selecting(_ numbers: [Int32]) -> SplitExamples {
        SplitExamples(
            count: numbers.count, ofGroups: groups.map { all in numbers.map { all[Int($0)] } },
            labels: labels.map { all in numbers.map { all[Int($0)] } })
    }

    /// The examples of every group, the groups in the order in which they begin; nil without groups.
    var groupMembers: [[Int32]]? {
        groups.map { groups in
            var members: [[Int32]] = []
            var numbers: [String: Int] = [:]
            for (example, group) in groups.enumerated() {
                let number = numbers[group, default: members.count]
                if number == members.count {
                    numbers[group] = number
                    members.append([])
                }
                members[number].append(Int32(example))
            }
            return members
        }
    }

    /// The examples of every class, the classes in descending order: a division does not depend on which class comes first.
    var classMembers: [(label: String, examples: [Int32])] {
        guard let labels else { return [("", [Int32](0..<Int32(count)))] }
        var members: [String: [Int32]] = [:]
        for (example, label) in labels.enumerated() {
            members[label, default: []].append(Int32(example))
        }
        return members.sorted { $0.key > $1.key }.map { ($0.key, $0.value) }
    }

    /// The number of every example's class in ``classMembers``.
    var classNumbers: [Int] {
        var numbers = [Int](repeating: 0, count: count)
        for (number, members) in classMembers.enumerated() where number > 0 {
            for example in members.examples { numbers[Int(example)] = number }
        }
        return numbers
    }
}
