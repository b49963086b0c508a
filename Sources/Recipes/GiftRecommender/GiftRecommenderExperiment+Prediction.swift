import FoundationEssentials
import TandemBasics
import TandemConfiguration
import TandemDatasets
import TandemNetworks
public import TandemTraining

extension GiftRecommenderExperiment {
    /// Three gifts of the request's or the run's catalogue for every profile of a JSON file, with the scores behind them.
    ///
    /// The file has the form of scenarios, whose labels may be missing. With an output file everything is written there as
    /// JSON. Throws when the run cannot be opened or the profiles cannot be used.
    public static func predict(_ request: PredictionRequest) throws -> PredictionResult {
        guard case .run(let run) = request.model else { throw GiftError.notARun }
        let experiment = try Self(opening: run, request.options)
        let profiles = try GiftScenarioFile.readProfiles(
            request.input, vocabulary: experiment.data.vocabulary)
        profiles.report.warnings.forEach(request.warn)
        let catalogue = try request.catalogue.map {
            try GiftCatalogue.read(
                $0, vocabulary: experiment.data.vocabulary,
                unknownLabels: experiment.configuration.data.unknownLabels)
        }
        catalogue?.report.warnings.forEach(request.warn)
        let recommendations = try experiment.recommend(profiles.scenarios, from: catalogue)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let json = String(decoding: try encoder.encode(recommendations), as: UTF8.self)
        guard let output = request.output else {
            let text = recommendations.map { $0.lines.joined(separator: "\n") }
            return PredictionResult(
                count: recommendations.count, text: text.joined(separator: "\n\n"), json: json)
        }
        try AtomicFile.write(json + "\n", to: output)
        return PredictionResult(
            count: recommendations.count, text: "\(output): \(recommendations.count) profiles")
    }

    /// The best three gifts for every profile, with the weights that the model has now.
    ///
    /// Without a `catalogue` they are those of the training. In another one the gifts with identifier and category of such
    /// gifts keep what was learned about them, whatever their order; new ones are judged by what is said of them alone. Scenarios bring their
    /// names along; their labels are not looked at. Throws in the wiring `parity`, whose scores belong to places, when there is
    /// another catalogue, and when a score is not finite.
    public func recommend(
        _ scenarios: [GiftScenario], from catalogue: GiftCatalogue? = nil
    ) throws -> [GiftRecommendation] {
        let gifts = catalogue?.gifts ?? data.catalogue.gifts
        let predictions = try recipe.predict(
            scenarios.map(\.profile), catalogue.map { try tensors(of: $0.gifts) })
        try predictions.check(count: scenarios.count, gifts: gifts.count)
        return scenarios.indices.map { row in
            GiftRecommendation(scenarios[row], predictions, row: row, gifts: gifts)
        }
    }

    /// Gifts that need not be those of the training, on the device.
    func tensors(of gifts: [Gift]) throws -> GiftCatalogueTensors {
        let wiring = configuration.model.wiring
        guard wiring == .connected else {
            throw GiftError.setting(
                name: "the catalogue", value: "another one than in training",
                expected: "none in the wiring 'parity', whose scores belong to places")
        }
        var tensors = try GiftCatalogueTensors(
            GiftCatalogueInputs(gifts: gifts, wiring: wiring), on: arena.device)
        tensors.places = try GiftCatalogueTensors.Places(
            of: gifts, trained: data.catalogue.gifts, on: arena.device)
        return tensors
    }
}

/// What a model recommends for a profile.
public struct GiftRecommendation: Codable, Sendable, Equatable {
    /// A word with its score.
    public struct Score: Codable, Sendable, Equatable {
        /// The category or tool.
        public var name: String
        /// In `[0, 1]`.
        public var score: Float
    }

    /// A gift with the scores behind it.
    public struct Choice: Codable, Sendable, Equatable {
        /// The gift.
        public var gift: Gift
        /// The share of the ranking's softmax.
        public var share: Float
        /// The reward that the model expects.
        public var reward: Float
    }

    /// The profile's name.
    public var id: String
    /// Whom it is about.
    public var profile: GiftProfile
    /// The best three gifts, the best first.
    public var gifts: [Choice]
    /// The best three categories, the best first.
    public var categories: [Score]
    /// The best two tools, the best first.
    public var tools: [Score]

    init(_ scenario: GiftScenario, _ predictions: GiftPredictions, row: Int, gifts: [Gift]) {
        func best(_ count: Int, _ scores: [Float], _ names: [String]) -> [Score] {
            GiftOrder.top(count, of: scores).map { Score(name: names[$0], score: scores[$0]) }
        }
        id = scenario.id
        profile = scenario.profile
        categories = best(
            GiftFigures.categoryCount, predictions.categories[row], GiftVocabulary.categories)
        tools = best(GiftFigures.toolCount, predictions.tools[row], GiftVocabulary.tools)
        self.gifts = GiftOrder.top(GiftFigures.giftCount, of: predictions.ranking[row]).map {
            Choice(
                gift: gifts[$0], share: predictions.ranking[row][$0],
                reward: predictions.rewards[row][$0])
        }
    }

    /// The recommendation line by line.
    var lines: [String] {
        func listed(_ scores: [Score]) -> String {
            scores.map { "\($0.name) \(NumberText.fixed(Double($0.score), 2))" }
                .joined(separator: ", ")
        }
        return [
            "\(id): \(profile.relationship), \(profile.age) years, \(profile.occasion), budget "
                + NumberText.fixed(profile.budget, 2)
        ]
            + gifts.enumerated().map { place, choice in
                "  \(place + 1). \(choice.gift.name), \(NumberText.fixed(choice.gift.price, 2)) "
                    + "(\(choice.gift.category)): share \(NumberText.percent(Double(choice.share))), "
                    + "expected reward \(NumberText.fixed(Double(choice.reward), 2))"
            } + ["  categories  \(listed(categories))", "  tools       \(listed(tools))"]
    }
}
