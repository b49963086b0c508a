import Foundation
import TandemBasics
import TandemTestSupport

@testable import TandemDatasets

/// The path of a golden file; see `Golden/make.py`.
func golden(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Golden/\(name)").path
}

/// A `.npy` file made by hand: whatever header, whatever data.
func npyBytes(_ header: String, data: [UInt8] = [], version: [UInt8] = [1, 0]) -> [UInt8] {
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + version
    let length = header.utf8.count
    for byte in 0..<(version[0] == 1 ? 2 : 4) {
        bytes.append(UInt8(truncatingIfNeeded: length >> (8 * byte)))
    }
    return bytes + Array(header.utf8) + data
}

/// The header text of a plain array.
func npyHeader(_ descr: String, _ shape: String, fortran: Bool = false) -> String {
    "{'descr': '\(descr)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }\n"
}

/// A safetensors file made by hand.
func safetensorsBytes(_ header: String, data: [UInt8] = []) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: header.utf8.count, width: 8)
    return bytes + Array(header.utf8) + data
}

/// Bytes in memory.
struct MemorySource: ByteSource {
    let name: String
    let bytes: [UInt8]

    var count: Int { bytes.count }

    func read(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
        guard offset >= 0, count >= 0, offset <= bytes.count - count else {
            throw .shortRead(
                path: name, offset: offset, wanted: count, found: max(0, bytes.count - offset))
        }
        return offset == 0 && count == bytes.count
            ? bytes : Array(bytes[offset..<offset + count])
    }
}
