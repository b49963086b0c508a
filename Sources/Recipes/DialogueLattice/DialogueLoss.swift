public import TandemConfiguration
import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTraining

/// Weights of the loss terms; a term of weight 0 is not computed.
public struct DialogueLossConfiguration: Configuration, Equatable {
    /// What a squared error is averaged over.
    public enum Reduction: String, Codable, Sendable, CaseIterable {
        /// All elements, as published; of vectors of unit length that leaves `2 (1 - cosine) / D`.
        case perElement
        /// The vectors: the mean squared distance.
        case perVector
    }

    /// Weight of the squared error.
    public var meanSquaredError = 0.7
    /// What the squared error is averaged over.
    public var reduction = Reduction.perElement
    /// Weight of `1 - cosine`.
    public var cosine = 0.3
    /// Weight of the mean absolute error over all elements.
    public var l1 = 0.1
    /// Weight of InfoNCE with the other answers of the batch as negatives.
    public var infoNCE = 0.0
    /// Training answers that join the other answers of a batch as negatives of InfoNCE, the same number from every source.
    public var extraNegatives = 0
    /// Temperature of InfoNCE.
    public var temperature = 0.05
    /// Whether InfoNCE also asks which prediction an answer belongs to, and takes the mean of both.
    public var symmetric = false
    /// Weight of the triplet term: the hardest other answer of the batch must be less near than the right one by the margin.
    public var triplet = 0.0
    /// Margin of the triplet term.
    public var margin = 0.2

    /// The values used where a file says nothing.
    public static let defaults = DialogueLossConfiguration()

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        let weights = [
            ("meanSquaredError", meanSquaredError), ("cosine", cosine), ("l1", l1),
            ("infoNCE", infoNCE), ("triplet", triplet),
        ]
        for (name, weight) in weights {
            checks.require(weight >= 0 && Float(weight).isFinite, name, weight, mustBe: "0 or more")
        }
        checks.require(
            weights.contains { Float($0.1) > 0 }, "cosine", cosine,
            mustBe: "above 0 when all other weights are 0")
        checks.require(
            temperature >= 1e-6 && temperature <= 1e6, "temperature", temperature,
            mustBe: "between 1e-6 and 1e6")
        checks.notNegative(margin, "margin")
        checks.require(
            (0...1_000_000).contains(extraNegatives), "extraNegatives", extraNegatives,
            mustBe: "from 0 to 1000000")
        checks.require(
            extraNegatives == 0 || infoNCE > 0, "extraNegatives", extraNegatives,
            mustBe: "0 without infoNCE")
    }

    /// The terms with a weight above 0.
    var terms: [LossTerm] {
        [
            LossTerm("meanSquaredError", weight: Float(meanSquaredError)),
            LossTerm("cosineDistance", weight: Float(cosine)), LossTerm("l1", weight: Float(l1)),
            LossTerm("infoNCE", weight: Float(infoNCE)),
            LossTerm("triplet", weight: Float(triplet)),
        ].filter { $0.weight > 0 }
    }

    /// Whether a term compares the pairs of a batch with each other.
    var comparesPairs: Bool { infoNCE > 0 || triplet > 0 }
}

/// The loss of predictions y `[B, D]`, of any length, against answers a `[B, D]`.
///
/// With unit vectors marked by a hat and `S = y^ a^T`: `(1/BD) sum (y - a)^2`, `1 - mean_b S_bb`, `(1/BD) sum |y - a|`, InfoNCE
/// `mean_b(logsumexp_j(S_bj / T) - S_bb / T)` (van den Oord et al. 2018), and the triplet term `mean_b max(0, margin - S_bb + max_{j != b} S_bj)`
/// (Schroff et al. 2015, hardest negative of the batch). Lengths are held at 1e-8 at least.
struct DialogueLoss {
    /// Large enough to silence a pair at every temperature; scores that are not silenced have 0 added.
    static let silenced: Float = -1e30

    let configuration: DialogueLossConfiguration

    /// The terms with a weight above 0, each a scalar.
    ///
    /// `negatives [E, D]` are further answers that InfoNCE tells the right one from. `mask [B, B + E]` and `others [B, B]` are
    /// added to the scores of InfoNCE and of the triplet term: `silenced` where an answer is no negative, in `others` that of
    /// the pair itself too. `classes` are the numbers `0 ..< B`.
    func callAsFunction(
        _ predictions: Tensor, _ answers: Tensor, negatives: Tensor? = nil, mask: Tensor? = nil,
        others: Tensor? = nil, classes: IndexTensor
    ) throws -> [Tensor] {
        let unit = try predictions.l2Normalized(epsilon: 1e-8)
        let targets = try answers.l2Normalized(epsilon: 1e-8)
        func cosines(_ answers: Tensor) throws -> Tensor {
            try unit.matmul(answers, transposeRight: true)
        }
        let own = try (unit * targets).sumOverLastAxis()
        let differences = try predictions - answers
        let candidates = try negatives.map { try Tensor.concatenate([targets, $0]) } ?? targets
        return try configuration.terms.map { term in
            switch term.name {
            case "meanSquaredError": try squaredError(differences)
            case "cosineDistance": try own.mean() * -1 + 1
            case "l1": try differences.absolute().mean()
            case "infoNCE": try infoNCE(cosines(candidates), mask, classes)
            default: try triplet(cosines(targets), own, others)
            }
        }
    }

    private func squaredError(_ differences: Tensor) throws -> Tensor {
        let mean = try differences.squared().mean()
        return configuration.reduction == .perElement
            ? mean : try mean * Float(differences.shape.dimensions[1])
    }

    private func infoNCE(_ cosines: Tensor, _ mask: Tensor?, _ classes: IndexTensor) throws
        -> Tensor
    {
        var scores = try cosines * Float(1 / configuration.temperature)
        if let mask { scores = try scores + mask }
        let forward = try scores.softmaxCrossEntropy(targets: classes).mean()
        guard configuration.symmetric else { return forward }
        let own = try scores.slice(axis: 1, 0..<classes.count).transposed(0, 1)
        return try (forward + own.softmaxCrossEntropy(targets: classes).mean()) * 0.5
    }

    private func triplet(_ cosines: Tensor, _ own: Tensor, _ others: Tensor?) throws -> Tensor {
        let compared = try others.map { try cosines + $0 } ?? cosines
        let hardest = try compared.maximum(axis: 1)
        return try (hardest - own + Float(configuration.margin)).relu().mean()
    }
}
