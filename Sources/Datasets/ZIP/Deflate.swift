import CZlib

/// Raw deflate streams (RFC 1951) and CRC-32, through zlib.
enum Deflate {
    /// zlib counts the bytes of one call in 32 bits; larger data goes in parts of this size.
    private static let partLimit = 1 << 30

    /// No deflate stream unpacks to more than this many bytes per packed byte (258 bytes for two
    /// codes of one bit each).
    static let maximumRatio = 1032

    /// The CRC-32 of the parts, one after the other.
    static func checksum(_ parts: [[UInt8]]) -> UInt32 {
        var checksum = crc32_z(0, nil, 0)
        for part in parts where !part.isEmpty {
            checksum = part.withUnsafeBufferPointer {
                crc32_z(checksum, $0.baseAddress, $0.count)
            }
        }
        return UInt32(truncatingIfNeeded: checksum)
    }

    /// Unpacks `packed`, which must give exactly `size` bytes and end there.
    ///
    /// `size` has been checked against a limit by the caller.
    static func inflate(
        _ packed: [UInt8], size: Int, member: String
    ) throws(ZIPProblem) -> [UInt8] {
        var stream = z_stream()
        let started = inflateInit2_(
            &stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard started == Z_OK else { throw .compressionFailed(code: started) }
        defer { inflateEnd(&stream) }
        var status = Z_OK
        var consumed = 0
        // One spare byte: a stream that goes on after `size` bytes writes into it and is found out.
        let result = [UInt8](unsafeUninitializedCapacity: size + 1) { buffer, initialized in
            (status, consumed, initialized) = pump(packed, into: buffer, capacity: size + 1) {
                (input, output) in
                stream.next_in = input.base
                stream.avail_in = input.count
                stream.next_out = output.base
                stream.avail_out = output.count
                let status = CZlib.inflate(&stream, Z_NO_FLUSH)
                return (status, stream.avail_in, stream.avail_out)
            }
        }
        guard status == Z_STREAM_END else {
            let reason = result.count > size ? "there are more" : "the packed bytes are damaged"
            throw .damagedData(member: member, expected: size, reason: reason)
        }
        guard result.count == size else {
            throw .damagedData(
                member: member, expected: size, reason: "there are \(result.count)")
        }
        guard consumed == packed.count else {
            throw .damagedData(
                member: member, expected: size,
                reason: "\(packed.count - consumed) packed bytes are left over")
        }
        return result
    }

    /// Packs `bytes` at zlib's default level.
    static func deflate(_ bytes: [UInt8]) throws(ZIPProblem) -> [UInt8] {
        var stream = z_stream()
        let started = deflateInit2_(
            &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY,
            ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard started == Z_OK else { throw .compressionFailed(code: started) }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, UInt(bytes.count)))
        var status = Z_OK
        let result = [UInt8](unsafeUninitializedCapacity: bound) { buffer, initialized in
            (status, _, initialized) = pump(bytes, into: buffer, capacity: bound) {
                (input, output) in
                stream.next_in = input.base
                stream.avail_in = input.count
                stream.next_out = output.base
                stream.avail_out = output.count
                let status = CZlib.deflate(&stream, input.isLast ? Z_FINISH : Z_NO_FLUSH)
                return (status, stream.avail_in, stream.avail_out)
            }
        }
        guard status == Z_STREAM_END else { throw .compressionFailed(code: status) }
        return result
    }

    private struct Part {
        let base: UnsafeMutablePointer<UInt8>?
        let count: UInt32
        var isLast = false
    }

    /// Feeds a stream in parts until it ends, fails, or makes no progress.
    private static func pump(
        _ input: [UInt8], into output: UnsafeMutableBufferPointer<UInt8>, capacity: Int,
        step: (Part, Part) -> (status: Int32, inputLeft: UInt32, outputLeft: UInt32)
    ) -> (status: Int32, consumed: Int, produced: Int) {
        input.withUnsafeBufferPointer { source in
            var consumed = 0
            var produced = 0
            while true {
                let offered = min(partLimit, source.count - consumed)
                let room = min(partLimit, capacity - produced)
                // zlib's input pointer lacks const; it does not write there.
                let base = UnsafeMutablePointer(mutating: source.baseAddress)
                let (status, inputLeft, outputLeft) = step(
                    Part(
                        base: base.map { $0 + consumed }, count: UInt32(offered),
                        isLast: consumed + offered == source.count),
                    Part(base: output.baseAddress.map { $0 + produced }, count: UInt32(room)))
                let progress = offered - Int(inputLeft) + room - Int(outputLeft)
                consumed += offered - Int(inputLeft)
                produced += room - Int(outputLeft)
                if status != Z_OK || progress == 0 { return (status, consumed, produced) }
            }
        }
    }
}
