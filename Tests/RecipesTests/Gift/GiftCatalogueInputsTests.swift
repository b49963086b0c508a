import Testing

@testable import TandemRecipes

@Suite struct GiftCatalogueInputsTests {
    private func gift(
        _ category: String, price: Double = 50, tags: [String] = [],
        ages: ClosedRange<Int> = 16...70,
        occasions: [String] = ["any"]
    ) -> Gift {
        Gift(
            id: "g", name: "Gift", category: category, price: price, rating: 4, tags: tags,
            ages: ages, occasions: occasions)
    }

    private func row(_ width: Int, _ values: [Int: Float]) -> [Float] {
        (0..<width).map { values[$0] ?? 0 }
    }

    @Test(arguments: GiftWiring.allCases)
    func featuresFillTheFirst23Places(wiring: GiftWiring) {
        let inputs = GiftCatalogueInputs(
            gifts: [
                gift("technology", tags: ["tech", "practical", "smart"]),
                gift("fashion", price: 400, tags: ["educational"], ages: 20...40),
            ], wiring: wiring)
        #expect(inputs.count == 2)
        #expect(
            inputs.features
                == row(128, [0: 0.25, 1: 0.8, 2: 1, 15: 0.16, 16: 0.7, 17: 1, 20: 1])
                + row(128, [0: 1, 1: 0.8, 14: 1, 15: 0.2, 16: 0.4, 22: 1]))
        #expect(inputs.priceOf == [50, 400])
        #expect(inputs.rating == [0.8, 0.8])
        #expect(inputs.ages == [0.16, 0.7, 0.2, 0.4])
    }

    @Test func descriptionsDependOnTheWiring() {
        let gifts = [
            gift("gardening", tags: ["organic", "premium", "green"], occasions: ["a", "b"]),
            gift("books", tags: ["smart"]), gift("fashion"),
        ]
        func rows(_ wiring: GiftWiring) -> [[Float]] {
            let description = GiftCatalogueInputs(gifts: gifts, wiring: wiring).description
            return (0..<3).map { Array(description[$0 * 20..<($0 + 1) * 20]) }
        }
        let ends: [Int: Float] = [0: 0.05, 1: 0.8, 3: 0.16, 4: 0.7]
        func expected(_ values: [Int: Float]) -> [Float] { row(20, ends.merging(values) { $1 }) }
        #expect(
            rows(.parity) == [
                expected([2: 3, 5: 2, 6: 1, 13: 1, 19: 1]), expected([2: 1, 5: 1, 18: 1]),
                expected([5: 1]),
            ])
        #expect(
            rows(.connected) == [
                expected([2: 0.3, 5: 0.2, 6: 1, 13: 1, 19: 1]),
                expected([2: 0.1, 5: 0.1, 8: 1, 18: 1]), expected([5: 0.1, 12: 1]),
            ])
    }

    @Test func othersOfTheCategoryAreAveraged() {
        let categories = ["art", "food", "art", "art", "home"]
        let inputs = GiftCatalogueInputs(gifts: categories.map { gift($0) }, wiring: .connected)
        #expect(
            inputs.othersOfCategory == [
                0, 0, 0.5, 0.5, 0,
                0, 0, 0, 0, 0,
                0.5, 0, 0, 0.5, 0,
                0.5, 0, 0.5, 0, 0,
                0, 0, 0, 0, 0,
            ])
    }
}
