/// Parameters of an arena by their numbers, one bit each; changing one allocates nothing.
package struct ParameterSet: Sendable, Hashable {
    /// Number of parameters of the arena.
    package let capacity: Int
    private var words: [UInt64]

    /// No parameter of `capacity`.
    init(capacity: Int) {
        self.capacity = capacity
        words = [UInt64](repeating: 0, count: (capacity + 63) / 64)
    }

    /// Whether parameter `number` is in the set.
    package func contains(_ number: Int) -> Bool { words[number >> 6] >> (number & 63) & 1 == 1 }

    /// Whether no parameter is in the set.
    package var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    /// Number of parameters in the set.
    package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// Whether every parameter of the arena is in the set.
    package var isComplete: Bool { count == capacity }

    mutating func insert(_ number: Int) { words[number >> 6] |= 1 << (number & 63) }

    mutating func removeAll() {
        for place in words.indices { words[place] = 0 }
    }

    mutating func formUnion(_ other: ParameterSet) {
        for place in words.indices { words[place] |= other.words[place] }
    }
}

/// What a piece of training did to the gradients of an arena, as far as the host knows.
package struct GradientReach: Sendable, Hashable {
    /// Whether it set all gradients to zero before anything reached a parameter.
    package internal(set) var startsAnew = false
    /// The parameters that a gradient reached since.
    package internal(set) var parameters: ParameterSet

    init(capacity: Int) { parameters = ParameterSet(capacity: capacity) }

    mutating func startAnew() {
        startsAnew = true
        parameters.removeAll()
    }

    /// Lets `other` follow.
    mutating func append(_ other: GradientReach) {
        if other.startsAnew { startAnew() }
        parameters.formUnion(other.parameters)
    }
}
