import Foundation
import TandemDatasets
import TandemRecipes

/// One epoch of the baseline network as another implementation computed it.
struct ParityReference: Decodable {
    struct Array: Decodable {
        let shape: [Int]
        let values: [Float]
    }

    struct Gradient: Decodable {
        let sum: Double
        let l2: Double
    }

    struct Checkpoint: Decodable {
        let predictions: [Float]
        let weightNorms: [String: Double]

        enum CodingKeys: String, CodingKey {
            case predictions = "predictions_first_10_test"
            case weightNorms = "weight_l2"
        }
    }

    struct Scaler: Decodable {
        let mean: [Float]
        let scale: [Float]
    }

    let scaler: Scaler
    let initialWeights: [String: Array]
    let gradients: [String: Gradient]
    let initialPredictions: [Float]
    let labels: [Float]
    let losses: [Double]
    let checkpoints: [String: Checkpoint]
    let validationLoss: Double
    let testLoss: Double

    enum CodingKeys: String, CodingKey {
        case scaler
        case initialWeights = "initial_weights"
        case gradients = "first_step_gradients"
        case initialPredictions = "predictions_before_training_first_10_test"
        case labels = "labels_first_10_test"
        case losses = "step_losses"
        case checkpoints = "after_steps"
        case validationLoss = "val_mse_after_219"
        case testLoss = "test_mse_after_219"
    }

    static let folder = DataLocation.resolve("calling-score")
    static let isPresent = FileManager.default.fileExists(atPath: folder + "/parity.json")

    static func read() throws -> ParityReference {
        try JSONDecoder().decode(
            ParityReference.self, from: Data(contentsOf: URL(filePath: folder + "/parity.json")))
    }
}
