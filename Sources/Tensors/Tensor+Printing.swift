import TandemBasics
import TandemDevices

extension Tensor: CustomStringConvertible {
    /// The elements in nested brackets below the shape and the device, as NumPy prints them; waits for the device.
    ///
    /// Of a tensor of more than 1,000 elements only the first and last three along every axis are shown. Where the elements
    /// cannot be read (inside a recording, say), the text says why.
    public var description: String {
        let heading = "Tensor \(shape) on \(device.identifier)"
        do {
            return heading + "\n" + TensorText(shape: shape, values: try values()).text
        } catch {
            return heading + "; its elements cannot be read: \(error)"
        }
    }
}

/// The elements of a tensor as text.
private struct TensorText {
    /// Tensors of more elements are shortened.
    private static let mostElements = 1000
    /// Shown at either end of a shortened axis.
    private static let edge = 3

    private let sizes: [Int]
    private let values: [Float]
    private let isShortened: Bool
    private var words: [Int: String] = [:]
    private var width = 0

    init(shape: Shape, values: [Float]) {
        sizes = shape.dimensions
        self.values = values
        isShortened = values.count > Self.mostElements
        var shown: [Int] = []
        collect(axis: 0, start: 0, stride: values.count, into: &shown)
        let format = NumberFormat(shown.map { values[$0] })
        for place in shown {
            let word = format.text(values[place])
            width = max(width, word.count)
            words[place] = word
        }
    }

    var text: String { text(axis: 0, start: 0, stride: values.count) }

    /// The places along an axis that are shown; `nil` stands for those left out.
    private func places(_ size: Int) -> [Int?] {
        guard isShortened, size > 2 * Self.edge else { return Array(0..<size) }
        return Array(0..<Self.edge) + [nil] + Array(size - Self.edge..<size)
    }

    private func collect(axis: Int, start: Int, stride: Int, into shown: inout [Int]) {
        guard axis < sizes.count else { return shown.append(start) }
        guard sizes[axis] > 0 else { return }
        let step = stride / sizes[axis]
        for case let place? in places(sizes[axis]) {
            collect(axis: axis + 1, start: start + place * step, stride: step, into: &shown)
        }
    }

    private func text(axis: Int, start: Int, stride: Int) -> String {
        guard axis < sizes.count else {
            let word = words[start] ?? ""
            return String(repeating: " ", count: width - word.count) + word
        }
        guard sizes[axis] > 0 else { return "[]" }
        let step = stride / sizes[axis]
        let parts = places(sizes[axis]).map { place in
            place.map { text(axis: axis + 1, start: start + $0 * step, stride: step) } ?? "..."
        }
        let inside = sizes.count - axis - 1
        let separator =
            inside == 0
            ? ", "
            : "," + String(repeating: "\n", count: inside)
                + String(repeating: " ", count: axis + 1)
        return "[" + parts.joined(separator: separator) + "]"
    }
}

/// One notation for all elements: whole numbers, four decimals, or four decimals and a power of ten.
private enum NumberFormat {
    case whole, fixed, scientific

    init(_ values: [Float]) {
        let sizes = values.filter { $0.isFinite && $0 != 0 }.map(\.magnitude)
        let (smallest, largest) = (sizes.min() ?? 1, sizes.max() ?? 1)
        if largest < 1e7, sizes.allSatisfy({ $0 == $0.rounded() }) {
            self = .whole
        } else {
            self = smallest < 1e-4 || largest >= 1e6 ? .scientific : .fixed
        }
    }

    func text(_ value: Float) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
        switch self {
        case .whole: return NumberText.fixed(Double(value), 0)
        case .fixed: return NumberText.fixed(Double(value), 4)
        case .scientific: return NumberText.scientific(Double(value), 4)
        }
    }
}
