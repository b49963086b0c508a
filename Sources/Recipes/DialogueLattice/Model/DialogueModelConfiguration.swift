public import TandemConfiguration

/// The core of a dialogue model: what makes an answer's vector of a question's.
///
/// The key `preset` chooses the core and the values of everything that a file leaves out.
public struct DialogueModelConfiguration: ConfigurationVariants, Equatable {
    /// Cores and their sizes.
    public enum Preset: String, Codable, Sendable, CaseIterable {
        /// Lattice of 8 x 8 x 12 cells with one coordinate each, for 768 coordinates, without learned places.
        case historic
        /// Lattice of 8 x 8 x 6 cells with one coordinate each, for 384 coordinates, without learned places.
        case small
        /// The same with learned places.
        case placed
        /// Lattice of 4 x 4 x 4 cells with six coordinates each, for 384 coordinates, with learned places.
        case blocked
        /// The same with larger states and more steps.
        case blockedWide
        /// Lattice of 4 x 4 x 8 cells with six coordinates each, for 768 coordinates, with learned places.
        case blocked768
        /// A residual block: layer norm, one hidden layer.
        case mlp
        /// Three residual pairs of convolutions over a block of coordinates.
        case conv3d
        /// `x + 0.15 tanh(x)`: nothing in it can be trained, as in the published system; a run of it is refused.
        case scaledCopy
    }

    /// What the cells compute.
    public enum Rule: String, Codable, Sendable, CaseIterable {
        /// A step is added to the state: `s + stepSize * tanh(W2 activation(W1 z + b1) + b2)`.
        case residual
        /// The published cell, which replaces the state: `tanh(W2 tanh(W1 z + b1) + b2)`.
        case historic
    }

    /// Which coordinate belongs to which cell.
    public enum Placement: String, Codable, Sendable, CaseIterable {
        /// The order of the vector.
        case none
        /// A random orthogonal matrix, and its transpose on the way back.
        case fixedOrthogonal
        /// The same at first, then trained.
        case learned
    }

    /// Functions inside the rule.
    public enum Activation: String, Codable, Sendable, CaseIterable {
        /// Exact GELU.
        case gelu
        /// Hyperbolic tangent.
        case tanh
    }

    /// Which core, and which values hold where the file says nothing.
    public var preset = Preset.blocked
    /// Lattice, convolution: cells along the three axes.
    public var cells = [4, 4, 4]
    /// Lattice: coordinates of a vector that one cell takes in; cells times this is the length of the vectors.
    public var cellWidth = 6
    /// Lattice: numbers in a cell's state; convolution: channels.
    public var channels = 16
    /// Lattice: hidden units of the rule; residual block: units of the hidden layer.
    public var hidden = 32
    /// Lattice: steps in which cells look at their neighbours.
    public var steps = 4
    /// Lattice: which coordinate belongs to which cell.
    public var placement = Placement.learned
    /// Lattice: whether every step has a rule of its own instead of all sharing one.
    public var perStep = false
    /// Lattice: what the cells compute.
    public var rule = Rule.residual
    /// Lattice: the function inside the residual rule.
    public var activation = Activation.gelu
    /// Lattice: what lies beyond the faces.
    public var boundary = LatticeGrid.Boundary.walls
    /// Lattice: which cells are neighbours.
    public var neighbourhood = LatticeGrid.Neighbourhood.faces
    /// Lattice: factor of the residual rule's step.
    public var stepSize = 0.5
    /// Lattice: the part of their state that cells at absorbing faces lose in every step.
    public var absorption = 0.1
    /// Lattice: probability that a cell takes a step, in training only.
    public var updateProbability = 1.0
    /// Independent cores whose predictions are averaged.
    public var members = 1

    /// The values used where a file says nothing, not even a preset.
    public static let defaults = DialogueModelConfiguration()

    /// Every value at the default of `preset`.
    public init(_ preset: Preset = .blocked) {
        self.preset = preset
        switch preset {
        case .historic, .small, .placed:
            cells = [8, 8, preset == .historic ? 12 : 6]
            (cellWidth, channels, hidden) = (1, 8, 24)
            placement = preset == .placed ? .learned : .none
        case .blocked, .scaledCopy: break
        case .blockedWide: (channels, hidden, steps) = (32, 64, 6)
        case .blocked768: cells = [4, 4, 8]
        case .mlp: hidden = 1024
        case .conv3d: (cells, cellWidth) = ([8, 8, 6], 1)
        }
    }

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.require(
            cells.count == 3 && cells.allSatisfy { 1...1024 ~= $0 }, "cells", cells,
            mustBe: "three numbers between 1 and 1024")
        for (key, value) in [
            ("cellWidth", cellWidth), ("channels", channels), ("hidden", hidden),
        ] {
            checks.count(value, key, atMost: 65_536)
        }
        checks.count(steps, "steps", atMost: 1000)
        checks.count(members, "members", atMost: 100)
        checks.require(
            stepSize > 0 && Float(stepSize).isFinite, "stepSize", stepSize, mustBe: "above 0")
        checks.require(
            (0...1).contains(absorption), "absorption", absorption, mustBe: "between 0 and 1")
        checks.require(
            (0.001...1).contains(updateProbability), "updateProbability",
            updateProbability, mustBe: "from 0.001 to 1")
        checks.require(
            preset != .conv3d || cellWidth == 1, "cellWidth", cellWidth,
            mustBe: "1 in a convolution")
    }

    /// The core and its sizes in a few words; the preset alone says little where values were set besides.
    var summary: String {
        let sizes = (cells + [cellWidth]).map { "\($0)" }.joined(separator: " x ")
        let core =
            switch preset {
            case .mlp: "hidden layer of \(hidden)"
            case .conv3d: "convolution of \(channels) channels over \(sizes)"
            case .scaledCopy: "scaled copy"
            default: "lattice \(sizes), state \(channels), hidden \(hidden), \(steps) steps"
            }
        return members == 1 ? core : "\(members) times \(core)"
    }

    /// The block of cells.
    var grid: LatticeGrid {
        LatticeGrid(
            sizes: cells, boundary: preset == .conv3d ? .walls : boundary,
            neighbourhood: preset == .conv3d ? .cube : neighbourhood)
    }

    // MARK: Presets

    /// `preset`.
    public static var discriminator: String { "preset" }

    /// The presets.
    public static var kinds: [String] { Preset.allCases.map(\.rawValue) }

    /// The values of a preset.
    public static func defaults(ofKind kind: String) -> DialogueModelConfiguration {
        DialogueModelConfiguration(Preset(rawValue: kind) ?? .blocked)
    }
}
