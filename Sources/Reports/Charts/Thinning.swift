/// Leaves out points of long lines that nobody could see.
package enum Thinning {
    /// The points to draw, at most about two per bucket of `values`: each bucket's lowest and highest.
    ///
    /// Peaks and the ends stay. Values that cannot be drawn are kept as one gap per bucket, so that no line crosses them.
    ///
    /// - Returns: positions in `values`, rising; all of them when there are few.
    static func kept(_ values: [Double], buckets: Int) -> [Int] {
        guard values.count > 3 * buckets else { return Array(values.indices) }
        var kept: [Int] = []
        for bucket in 0..<buckets {
            let range =
                bucket * values.count / buckets..<(bucket + 1) * values.count / buckets
            var chosen: Set<Int> = []
            if bucket == 0 { chosen.insert(range.lowerBound) }
            if bucket == buckets - 1 { chosen.insert(range.upperBound - 1) }
            let drawable = range.filter { PlotAxis.isDrawable(values[$0]) }
            if let low = drawable.min(by: { values[$0] < values[$1] }) { chosen.insert(low) }
            if let high = drawable.max(by: { values[$0] < values[$1] }) { chosen.insert(high) }
            if let gap = range.first(where: { !PlotAxis.isDrawable(values[$0]) }) {
                chosen.insert(gap)
            }
            kept += chosen.sorted()
        }
        return kept
    }

    /// About `count` positions of a list of `total`, evenly spread, the first and the last among them.
    package static func even(_ total: Int, count: Int) -> [Int] {
        guard total > count, count > 1 else { return Array(0..<total) }
        return (0..<count).map { $0 * (total - 1) / (count - 1) }
    }
}
