/// What a monitor has to say about an epoch.
public struct GiftFlag: Codable, Sendable, Equatable, CustomStringConvertible {
    /// How much it matters.
    public enum Colour: String, Codable, Sendable {
        /// Something is wrong.
        case red
        /// Something may become wrong.
        case amber
        /// A fact to know, neither good nor bad.
        case grey
        /// As it should be.
        case green
    }

    /// The monitor: `R1` to `R8` look for what is wrong, `G1` to `G5` for what is right.
    public var code: String
    /// How much it matters.
    public var colour: Colour
    /// What was seen, with the values.
    public var text: String

    /// The code with the text: `R4: the validation loss is ...`.
    public var description: String { "\(code): \(text)" }

    /// What the monitor `code` has to say.
    init(_ code: String, _ colour: Colour, _ text: String) {
        (self.code, self.colour, self.text) = (code, colour, text)
    }
}

/// The flags of one epoch.
public struct GiftEpochFlags: Codable, Sendable, Equatable {
    /// Number of the epoch, from 1 on.
    public var epoch: Int
    /// The flags in the order of their codes.
    public var flags: [GiftFlag]

    /// The flags of an epoch.
    init(epoch: Int, flags: [GiftFlag]) {
        (self.epoch, self.flags) = (epoch, flags)
    }
}
