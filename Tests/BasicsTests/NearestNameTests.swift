import Testing

@testable import TandemBasics

@Suite struct NearestNameTests {
    @Test func findsTheNearestName() {
        let names = ["train", "evaluate", "predict", "bench", "devices"]
        #expect(NearestName.suggestion(for: "trian", among: names) == "train")
        #expect(NearestName.suggestion(for: "Devics", among: names) == "devices")
        #expect(NearestName.suggestion(for: "xyz", among: names) == nil)
        #expect(NearestName.suggestion(for: "a", among: ["b"]) == nil)
        #expect(NearestName.suggestion(for: "a", among: []) == nil)
    }

    @Test func editDistanceCountsSingleChanges() {
        func distance(_ first: String, _ second: String) -> Int {
            NearestName.editDistance(Array(first), Array(second))
        }
        #expect(distance("", "") == 0)
        #expect(distance("", "abc") == 3)
        #expect(distance("kitten", "sitting") == 3)
        #expect(distance("hiddenSize", "hidenSize") == 1)
    }
}
