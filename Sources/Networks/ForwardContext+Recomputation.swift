public import TandemTensors

extension ForwardContext {
    /// What `compute` returns, without what its backward pass needs: that pass computes it again, with the same dropout masks.
    ///
    /// Memory for intermediate results is then needed for one such part of a model at a time, for the price of a second forward
    /// pass (Chen et al. 2016, "Training deep nets with sublinear memory cost"). Gradients reach the parameters that `compute`
    /// asks its context for, and are the same as without; all that it captures is constant. It is called twice in a recorded
    /// pass and once in others; what it leaves for `afterBackward` is done once. Throws what `compute` throws.
    public func recomputed(_ compute: @escaping (ForwardContext) throws -> Tensor) throws -> Tensor
    {
        let first = dropoutCalls
        let plain = ForwardContext(tape: nil, isTraining: isTraining, seed: seed, pass: pass)
        plain.dropoutCalls = first
        let value = try compute(plain)
        dropoutCalls = plain.dropoutCalls
        guard let tape else { return value }
        // The tape holds the closure, and this pass the tape.
        return tape.record(constant: value) { [weak self, isTraining, seed, pass] gradient in
            let again = ForwardContext(
                tape: Tape(), isTraining: isTraining, seed: seed, pass: pass)
            again.dropoutCalls = first
            again.repeated = self
            try again.backward(from: try compute(again), gradient: gradient)
        }
    }
}
