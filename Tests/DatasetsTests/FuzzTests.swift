import Devices
import Testing

@testable import Datasets

/// Valid files with seeded damage: reading gives arrays or a typed error, and never crashes.
///
/// The readers throw `DatasetError` and nothing else by their signatures, so surviving is the test.
@Suite struct FuzzTests {
    /// One to four bytes of `bytes` replaced, or a piece cut out, doubled or moved.
    static func damaged(_ bytes: [UInt8], random: inout Philox) -> [UInt8] {
        var bytes = bytes
        let count = UInt32(bytes.count)
        let from = Int(random.nextInteger(below: count))
        let to = min(bytes.count, from + 1 + Int(random.nextInteger(below: 40)))
        switch random.nextInteger(below: 6) {
        case 0: bytes.removeSubrange(from..<to)
        case 1: bytes.insert(contentsOf: bytes[from..<to], at: from)
        case 2:
            let interesting: [UInt8] = [0x00, 0xFF, 0x7F, 0x80, 0x2D, 0x39, 0x5B, 0x7B]
            let byte = interesting[Int(random.nextInteger(below: 8))]
            for place in from..<min(to, from + 8) { bytes[place] = byte }
        default:
            for _ in 0...random.nextInteger(below: 4) {
                let place = Int(random.nextInteger(below: count))
                bytes[place] = UInt8(truncatingIfNeeded: random.nextWord())
            }
        }
        return bytes
    }

    /// Reads damaged versions of `bytes`; counts those accepted.
    func accepted(
        _ bytes: [UInt8], seed: UInt64, read: (MemorySource) throws(DatasetError) -> Void
    ) -> Int {
        var random = Philox(RandomStream(seed: seed, identifier: 0))
        var accepted = 0
        for _ in 0..<600 {
            let source = MemorySource(
                name: "fuzz", bytes: Self.damaged(bytes, random: &random))
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

    @Test(arguments: ["stored.npz", "deflated.npz"]) func npz(name: String) throws {
        let bytes = try contents(of: golden(name))
        let original = try NPZFile.read(golden(name))
        let count = accepted(bytes, seed: 2) { source throws(DatasetError) in
            // Checksums cover every number, so what is accepted has the numbers it had; names,
            // dates and attributes may differ.
            let arrays = try NPZFile.read(from: source, sizeLimit: 1 << 20)
            for (left, right) in zip(arrays.names, original.names) {
                #expect(arrays[left] == original[right])
            }
        }
        #expect(count < 600)
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
            let bytes = Self.damaged(Array(text.utf8), random: &random)
            if let value = try? JSONValue.parse(bytes) {
                #expect(try JSONValue.parse(Array(try value.text().utf8)) == value)
            }
        }
    }
}
