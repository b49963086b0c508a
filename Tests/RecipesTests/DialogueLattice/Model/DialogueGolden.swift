import Foundation
import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

@testable import TandemRecipes

/// The cores of the dialogue's golden files, with the parameters of their formula.
enum DialogueGolden {
    /// What the metadata of the lattices' file say about a case.
    struct Settings: Decodable {
        var grid: [Int]?
        var g: Int?
        var channels: Int?
        var hidden: Int?
        var steps: Int?
        var boundary: String?
        var moves: Int?
        var placement: Bool?
        var perStep: Bool?
        var historic: Bool?
        var activation: String?

        /// The same as a section of a configuration.
        func configuration() throws -> DialogueModelConfiguration {
            var configuration = DialogueModelConfiguration(.blocked)
            configuration.cells = grid ?? configuration.cells
            configuration.cellWidth = g ?? configuration.cellWidth
            configuration.channels = channels ?? configuration.channels
            configuration.hidden = hidden ?? configuration.hidden
            configuration.steps = steps ?? configuration.steps
            configuration.placement = placement ?? true ? .learned : .none
            configuration.perStep = perStep ?? false
            configuration.rule = historic == true ? .historic : .residual
            configuration.neighbourhood = moves == 26 ? .cube : .faces
            configuration.boundary = try #require(
                LatticeGrid.Boundary(rawValue: boundary ?? "walls"))
            configuration.activation = try #require(
                DialogueModelConfiguration.Activation(rawValue: activation ?? "gelu"))
            return configuration
        }
    }

    /// The cases of lattices by name.
    static func lattices() throws -> [String: Settings] {
        let file = try Golden("dialogue-lattice").file
        let text = try #require(file.metadata(named: "settings"))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode([String: Settings].self, from: Data(text.utf8))
    }

    /// The configuration of a case of any file.
    static func configuration(_ name: String) throws -> DialogueModelConfiguration {
        switch name {
        case "mlp":
            var configuration = DialogueModelConfiguration(.mlp)
            configuration.hidden = 9
            return configuration
        case "conv3d":
            var configuration = DialogueModelConfiguration(.conv3d)
            (configuration.cells, configuration.channels) = ([2, 2, 3], 4)
            return configuration
        default:
            let known = name == "walls_clipped" ? "walls" : name
            return try #require(try lattices()[known], "\(name)").configuration()
        }
    }

    /// A case's model with its parameters, for vectors of `features` numbers.
    static func arena(
        _ name: String, features: Int, on device: any Device
    ) throws -> (model: DialogueModel, arena: ParameterArena) {
        let model = DialogueModel(features: features, try configuration(name))
        try model.prepare(on: device)
        let arena = try ParameterArena(model, device: device, seed: 0)
        var values: [String: (shape: [Int], values: [Float])] = [:]
        for entry in arena.entries {
            let shape = entry.parameter.shape.dimensions
            values[entry.name] = (shape, GiftParameters.values(stored(entry.name), shape))
        }
        try arena.load(values)
        return (model, arena)
    }

    /// The name that a parameter has in the files: the matrices of the places are layers there.
    static func stored(_ name: String) -> String {
        name.hasPrefix("placement.") ? name + ".weight" : name
    }
}
