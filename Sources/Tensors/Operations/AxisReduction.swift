import TandemDevices

extension Tensor {
    /// The reduction of the axes at `places`, which stay with size 1; not recorded.
    func reduced(_ operation: ReductionOperation, _ places: [Int], scale: Float = 1) throws
        -> Tensor
    {
        guard !places.isEmpty else { return detached }
        var sizes = shape.dimensions
        for place in places { sizes[place] = 1 }
        let output = try Tensor(uninitialized: Shape(sizes), on: device)
        try reduce(operation, places, scale: scale, into: output.slice, adds: false)
        return output
    }

    /// Writes `scale` times the reduction of the axes at `places`, at least one, or adds it to `destination`.
    ///
    /// Neighbouring axes are reduced at once, further ones after them.
    func reduce(
        _ operation: ReductionOperation, _ places: [Int], scale: Float,
        into destination: BufferSlice, adds: Bool
    ) throws {
        var runs: [Range<Int>] = []
        for place in places.sorted() {
            if let last = runs.last, last.upperBound == place {
                runs[runs.count - 1] = last.lowerBound..<place + 1
            } else {
                runs.append(place..<place + 1)
            }
        }
        var source = self
        while runs.count > 1 {
            let run = runs.removeLast()
            var sizes = source.shape.dimensions
            for axis in run { sizes[axis] = 1 }
            let smaller = try Tensor(uninitialized: Shape(sizes), on: device)
            try source.reduce(operation, run, scale: 1, into: smaller.slice, adds: false)
            source = smaller
        }
        try source.reduce(operation, runs[0], scale: scale, into: destination, adds: adds)
    }

    private func reduce(
        _ operation: ReductionOperation, _ run: Range<Int>, scale: Float,
        into destination: BufferSlice, adds: Bool
    ) throws {
        try device.reduce(
            operation, input: slice, output: destination, outer: shape.product(0..<run.lowerBound),
            count: shape.product(run), inner: shape.product(run.upperBound..<shape.rank),
            scale: scale, accumulate: adds)
    }
}
