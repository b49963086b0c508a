import TandemRegistry
import Testing

@Suite struct RegistryErrorTests {
    @Test func listsWhatIsRegistered() {
        let error = RegistryError.unknownVersion(type: "t", version: "v9", known: ["v1", "v2"])
        #expect(error.description.hasSuffix("registered: v1, v2"))
    }
}
