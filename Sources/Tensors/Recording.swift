import TandemDevices

extension Tensor {
    /// The device shared by the operands of `operation`.
    static func commonDevice(_ operation: String, _ first: Tensor, _ others: Tensor?...) throws
        -> any Device
    {
        for case let other? in others {
            try requireDevice(operation, first.device, of: other.slice)
        }
        return first.device
    }

    /// Throws when `slice` is not on `device`.
    static func requireDevice(
        _ operation: String, _ device: any Device, of slice: BufferSlice
    ) throws {
        let other = slice.buffer.device
        guard device === other else {
            throw TensorError.deviceMismatch(
                operation: operation, left: device.identifier, right: other.identifier)
        }
    }

    /// The tape that records `operation`, or `nil` when no operand was recorded.
    static func commonTape(_ operation: String, _ operands: [Tensor?]) throws -> Tape? {
        var found: Tape?
        for operand in operands {
            guard let tape = operand?.node?.tape else { continue }
            guard found == nil || found === tape else {
                throw TensorError.tapeMismatch(operation: operation)
            }
            found = tape
        }
        return found
    }

    /// Records this freshly computed tensor as a function of one operand.
    ///
    /// `write` computes the operand's gradient: it receives the gradient of this tensor, the destination and whether the
    /// destination must be added to.
    func recorded(
        from operand: Tensor,
        _ write:
            @escaping (_ gradient: Tensor, _ destination: BufferSlice, _ adds: Bool) throws ->
            Void
    ) -> Tensor {
        guard let node = operand.node else { return self }
        let index = node.index
        return node.tape.record(self) { gradient, tape in
            try tape.accumulate(into: index, on: gradient.device) { destination, adds in
                try write(gradient, destination, adds)
            }
        }
    }

    /// Records this freshly computed tensor as a function of one operand whose gradient is a new tensor.
    ///
    /// For `isRectified` see `Tape.record`.
    func recorded(
        from operand: Tensor, isRectified: Bool = false,
        gradient compute: @escaping (_ gradient: Tensor) throws -> Tensor
    ) -> Tensor {
        guard let node = operand.node else { return self }
        let index = node.index
        return node.tape.record(self, isRectified: isRectified) { gradient, tape in
            try tape.add(try compute(gradient), to: index, owned: true)
        }
    }
}
