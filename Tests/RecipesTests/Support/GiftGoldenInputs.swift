import TandemDevices
import TandemTensors

@testable import TandemRecipes

extension GiftProfileTensors {
    /// The profiles of a case; what the case does not have is a 0 that no module reads.
    init(_ file: GiftGolden, on device: any Device) throws {
        func input(_ name: String) throws -> Tensor {
            file.has("input.\(name)")
                ? try file.tensor("input.\(name)", on: device)
                : try Tensor(repeating: 0, shape: [1, 1], on: device)
        }
        self.init(
            features: GiftFeatureTensors(
                hobbies: try input("hobbies"), preferences: try input("preferences"),
                occasion: try input("occasion"), relationship: try input("relationship"),
                age: try input("age"), budget: try input("budget")),
            rawBudget: try input("raw_budget"), state: try input("state"),
            tokens: file.has("input.tokens")
                ? try file.indices("input.tokens", on: device)
                : try IndexTensor([0], shape: [1, 1], on: device),
            tokenWeights: try input("token_weights"), noise: try input("noise"))
    }
}

extension GiftCatalogueTensors {
    /// The catalogue of a case, its own or among the inputs.
    init(_ file: GiftGolden, on device: any Device) throws {
        func input(_ name: String) throws -> Tensor {
            for place in ["catalogue", "input"] where file.has("\(place).\(name)") {
                return try file.tensor("\(place).\(name)", on: device)
            }
            return try Tensor(repeating: 0, shape: [1, 1], on: device)
        }
        self.init(
            features: try input("features"), descriptions: try input("description"),
            prices: try input("price"), ratings: try input("rating"), ages: try input("ages"),
            othersOfCategory: try input("others_of_category"))
    }
}

extension GiftTargets {
    /// The labels of a case.
    init(_ file: GiftGolden, on device: any Device) throws {
        func label(_ name: String) throws -> Tensor {
            try file.tensor("label.\(name)", on: device)
        }
        let categories = try label("categories")
        self.init(
            categories: categories, tools: try label("tools"), rewards: try label("rewards"),
            hobbyCategories: try label("hobby_categories"),
            meanReward: try Tensor(
                repeating: 0, shape: [categories.shape.dimensions[0], 1], on: device))
    }
}
