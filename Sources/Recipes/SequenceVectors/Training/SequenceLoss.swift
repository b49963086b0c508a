import TandemNetworks
import TandemTensors
import TandemTraining

import Glibc

/// The loss of predictions p `[B, d]` against targets t `[B, d]`, both of unit length.
///
/// `(1/Bd) sum (p - t)^2`, which equals `2 (1 - mean cosine) / d`; `1 - mean_b p_b . t_b`; and InfoNCE
/// `mean_b(logsumexp_j S_bj - S_bb)`, `S = p t^T / T` (van den Oord et al. 2018), about the logarithm of the number of candidates for
/// a model that has learned nothing. Its symmetric form adds the same with `S^T`.
final class SequenceLoss: Module {
    let configuration: SequenceLossConfiguration
    /// The logarithm of `1 / T`, where the temperature is learned.
    private let scale: Parameter?

    init(_ configuration: SequenceLossConfiguration) {
        self.configuration = configuration
        let start = -Float(log(configuration.temperature))
        scale = configuration.learnsTemperature ? Parameter([1], .values([start])) : nil
    }

    /// `scale`, where the temperature is learned.
    var parameters: [(name: String, parameter: Parameter)] { scale.map { [("scale", $0)] } ?? [] }

    /// What InfoNCE needs besides predictions and targets.
    struct Candidates {
        /// Further candidates `[E, d]`, the right one of no row.
        var negatives: Tensor?
        /// Added to the scores `[B, B + E]`: large and negative where a candidate is no negative of a row.
        var mask: Tensor?
        /// The numbers `0 ..< B`.
        var classes: IndexTensor
    }

    /// The terms with a weight above 0, each a scalar.
    func callAsFunction(
        _ predictions: Tensor, _ targets: Tensor, _ candidates: Candidates,
        _ context: ForwardContext
    ) throws -> [Tensor] {
        try configuration.terms.map { term in
            switch term.name {
            case "meanSquaredError": try Loss.meanSquaredError(predictions, targets)
            case "cosine": try Loss.cosine(predictions, targets)
            default: try infoNCE(predictions, targets, candidates, context)
            }
        }
    }

    private func infoNCE(
        _ predictions: Tensor, _ targets: Tensor, _ candidates: Candidates,
        _ context: ForwardContext
    ) throws -> Tensor {
        let all = try candidates.negatives.map { try Tensor.concatenate([targets, $0]) } ?? targets
        let cosines = try predictions.matmul(all, transposeRight: true)
        var scores =
            try scale.map { try cosines * context.tensor($0).exponential() }
            ?? cosines * Float(1 / configuration.temperature)
        if let mask = candidates.mask { scores = try scores + mask }
        let classes = candidates.classes
        let forward = try scores.softmaxCrossEntropy(targets: classes).mean()
        guard configuration.symmetric else { return forward }
        let own = try scores.slice(axis: 1, 0..<classes.count).transposed(0, 1)
        return try forward + own.softmaxCrossEntropy(targets: classes).mean()
    }
}

/// A model with what its loss learns besides: what a run trains and its checkpoints hold.
final class ModelWithLoss: Module {
    private let model: NextVectorModel
    private let loss: SequenceLoss

    init(_ model: NextVectorModel, _ loss: SequenceLoss) {
        self.model = model
        self.loss = loss
    }

    /// The model's own.
    var parameters: [(name: String, parameter: Parameter)] { model.parameters }
    /// The model's own.
    var buffers: [(name: String, buffer: Buffer)] { model.buffers }
    /// The model's own.
    var problems: [String] { model.problems }
    /// The model's, and `loss` where it has parameters.
    var submodules: [(name: String, module: any Module)] {
        model.submodules + (loss.parameters.isEmpty ? [] : [("loss", loss)])
    }
}
