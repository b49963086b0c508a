import TandemTestSupport
import TandemBasics
import TandemDevices
import Testing

@testable import TandemDatasets

/// Valid files with seeded damage: reading gives arrays or a typed error, and never crashes.
///
/// The readers throw `DatasetError` and nothing else by their signatures, so surviving is the test.
@Suite struct FuzzTests {
    /// Reads damaged versions of `bytes`; counts those accepted.
    func accepted(
        _ bytes: [UInt8], seed: UInt64, read: (MemorySource) throws(DatasetError) -> Void
    ) -> Int {
        var random = Philox(RandomStream(seed: seed, identifier: 0))
        var accepted = 0
        for _ in 0..<600 {
            let source = MemorySource(
                name: "fuzz", bytes: Damage.applied(to: bytes, random: &random))
            do throws(DatasetError) {
                try read(source)
                accepted += 1
            } catch {
                #expect(error.description.hasPrefix("fuzz"))
            }
        }
        return accepted
    }

    @Test(arguments: [
        "f4_little.npy", "f2_fortran.npy", "i8_big.npy", "b1_little.npy", "version3.npy",
    ])
    func npy(name: String) throws {
        let bytes = try contents(of: golden(name))
        // Data bytes may be anything, so some must be accepted; header damage must be found.
        let count = accepted(bytes, seed: 1) { source throws(DatasetError) in
            let array = try NPYFile.read(from: source)
            #expect(array.bytes.count <= bytes.count + 40)
        }
        #expect(count > 0 && count < 600)
    }

    @Test func safetensors() throws {
        let bytes = try contents(of: golden("tensors.safetensors"))
        let count = accepted(bytes, seed: 3) { source throws(DatasetError) in
            let file = try SafetensorsFile.read(from: source)
            #expect(file.arrays.names.allSatisfy { (file.arrays[$0]?.bytes.count ?? 0) <= 2_000 })
        }
        #expect(count > 0 && count < 600)
    }

    @Test func json() throws {
        let text = #"{"a": [1, -2.5e3, "x\u00e9\n", {"b": null}], "c": true, "d": {"e": [[], {}]}}"#
        var random = Philox(RandomStream(seed: 4, identifier: 0))
        for _ in 0..<2_000 {
            let bytes = Damage.applied(to: Array(text.utf8), random: &random)
            if let value = try? JSONValue.parse(bytes) {
                #expect(try JSONValue.parse(Array(try value.text().utf8)) == value)
            }
        }
    }
}

extension FuzzTests {
    private static let csv =
        "\"a\",\"b, c\",y,user\r\n0.5,1e-3,0.25,u1\r\n"
        + "-1,\"2\",1,\"u \"\"2\"\"\"\r\n3,4.5,0,u3\n"

    @Test func csvTable() {
        let count = accepted(Array(Self.csv.utf8), seed: 5) { source throws(DatasetError) in
            let table = try CSVTable.read(
                source.bytes, name: source.name, target: "y", requiresTarget: true, groups: "user")
            #expect(table.features.count == table.count * table.width)
            #expect(table.targets.count == table.count && table.groups?.count == table.count)
            #expect(table.features.allSatisfy { $0.isFinite })
        }
        #expect(count > 0 && count < 600)
    }

    @Test func jsonTable() {
        let text = #"""
            {"feature_names": ["a", "b"], "target_name": "y", "training_data": [
            {"features": [1, 2.5e-1], "target": 0}, {"features": [-3, 4], "target": 1e0}]}
            """#
        let count = accepted(Array(text.utf8), seed: 6) { source throws(DatasetError) in
            let table = try JSONTable.read(source.bytes, name: source.name, requiresTarget: true)
            #expect(table.features.count == table.count * table.width)
            #expect(table.targets.count == table.count)
        }
        #expect(count > 0 && count < 600)
    }

    @Test func cutShort() {
        for length in 0..<Self.csv.utf8.count {
            let bytes = Array(Self.csv.utf8.prefix(length))
            do throws(DatasetError) {
                let table = try CSVTable.read(
                    bytes, name: "fuzz", target: nil, requiresTarget: false)
                #expect(table.count > 0)
            } catch { #expect(error.description.hasPrefix("fuzz")) }
        }
    }
}
