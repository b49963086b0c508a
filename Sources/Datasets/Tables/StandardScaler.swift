/// Moves every column to mean 0 and scales it to standard deviation 1: `z = (x - mean) / scale`.
///
/// Fitted on the training rows alone, so that nothing of the held-out rows leaks into training.
public struct StandardScaler: Sendable, Equatable {
    /// The mean of every column, `[F]`.
    public var mean: [Float]
    /// The population standard deviation of every column, `[F]`; 1 for columns that do not vary.
    public var scale: [Float]

    /// Makes a scaler from its numbers, one of each per column.
    public init(mean: [Float], scale: [Float]) {
        self.mean = mean
        self.scale = scale
    }

    /// Fits the features of some rows of a table.
    public init(fitting table: NumericTable, rows: [Int32]) {
        self.init(fitting: table.features, width: table.width, rows: rows)
    }

    /// Fits some rows of `values` `[n, width]`, with sums in double precision.
    ///
    /// The deviation divides by the number of rows. Below 1e-12 a column counts as constant and
    /// its scale is 1, so that it becomes 0 everywhere.
    public init(fitting values: [Float], width: Int, rows: [Int32]) {
        guard let first = rows.first else {
            self.init(
                mean: [Float](repeating: 0, count: width),
                scale: [Float](repeating: 1, count: width))
            return
        }
        // Distances from the first row: exactly zero in a constant column, whatever its value.
        let origin = values[Int(first) * width..<Int(first) * width + width].map(Double.init)
        var shift = [Double](repeating: 0, count: width)
        for row in rows {
            for column in 0..<width {
                shift[column] += Double(values[Int(row) * width + column]) - origin[column]
            }
        }
        let count = Double(rows.count)
        for column in 0..<width { shift[column] /= count }
        var squares = [Double](repeating: 0, count: width)
        for row in rows {
            for column in 0..<width {
                let value = Double(values[Int(row) * width + column])
                let distance = value - origin[column] - shift[column]
                squares[column] += distance * distance
            }
        }
        self.init(
            mean: (0..<width).map { Float(origin[$0] + shift[$0]) },
            scale: squares.map { square in
                let deviation = (square / count).squareRoot()
                return deviation < 1e-12 ? 1 : Float(deviation)
            })
    }

    /// The scaled values of `features` `[n, F]`, in single precision as an exported graph computes them.
    public func apply(_ features: [Float]) -> [Float] {
        var scaled = features
        let width = mean.count
        guard width > 0 else { return scaled }
        for start in stride(from: 0, to: features.count - width + 1, by: width) {
            for column in 0..<width {
                scaled[start + column] = (features[start + column] - mean[column]) / scale[column]
            }
        }
        return scaled
    }
}
