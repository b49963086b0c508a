import TandemRegistry
import Testing

@Suite struct VersionNameTests {
    @Test func parts() {
        #expect(VersionName("v1.1-hybrid") == VersionName(major: 1, minor: 1, source: "hybrid"))
        #expect(VersionName("v12.30-real-eu")?.source == "real-eu")
        #expect(VersionName(major: 2, minor: 0, source: "real").description == "v2.0-real")
    }

    @Test(arguments: ["", "v1", "v1.1", "v1.1-", "1.1-x", "v1.-x", "v.1-x", "v1.1.1-x", "v1.a-x"])
    func otherNames(name: String) {
        #expect(VersionName(name) == nil)
    }

    @Test func next() {
        func next(_ names: String..., source: DataSource = .hybrid) -> String {
            VersionName.next(after: names, source: source).description
        }
        #expect(next() == "v1.0-hybrid")
        #expect(next("v1.9-hybrid", "v1.10-hybrid") == "v1.11-hybrid")
        #expect(next("v1.9-hybrid", "v2.0-real", source: .real) == "v2.1-real")
        #expect(next("something") == "v1.0-hybrid")
        #expect(next("v1.9999999999999999999-x") == "v1.0-hybrid")
        #expect(next("v1.\(Int.max)-x") == "v2.0-hybrid")
    }

    @Test func sources() {
        #expect(DataSource(versionName: "v1.1-hybrid") == .hybrid)
        #expect(DataSource(versionName: "v2.0-real") == .real)
        #expect(DataSource(versionName: "v2.0-synthetic") == .synthetic)
        #expect(DataSource(versionName: "v2.0-other") == nil)
        #expect(DataSource(versionName: "hybrid") == nil)
    }
}
