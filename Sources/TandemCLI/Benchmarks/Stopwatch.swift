/// Repeated timing of one piece of work.
struct Stopwatch {
    /// Least number of timed runs.
    let runs: Int
    /// Least time spent on timed runs, in seconds.
    let seconds: Double

    /// Two warm-up runs, then timed ones until both minima are reached; seconds of each run, sorted.
    func measure(_ work: () throws -> Void) rethrows -> [Double] {
        let clock = ContinuousClock()
        for _ in 0..<2 { try work() }
        var times: [Double] = []
        let begin = clock.now
        while times.count < runs || (clock.now - begin) / Duration.seconds(1) < seconds {
            let start = clock.now
            try work()
            times.append((clock.now - start) / Duration.seconds(1))
        }
        return times.sorted()
    }
}
