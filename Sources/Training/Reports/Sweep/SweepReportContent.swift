import TandemBasics
public import TandemReports

/// What the page of a sweep shows.
public struct SweepReportContent: Sendable, Equatable {
    /// One variant.
    public struct Variant: Sendable, Equatable {
        /// Name.
        public var name: String
        /// What is different, for people.
        public var description: String
        /// Loss on the validation rows, mean over the seeds; `nil` when the variant failed.
        public var validation: DotPlot.Value?
        /// Loss on the test rows, mean over the seeds.
        public var test: DotPlot.Value?
        /// Loss on the training rows, mean over the seeds.
        public var training: Double?
        /// Validation loss after each epoch, of the first or the best seed.
        public var validationCurve: [Double] = []
        /// Training loss of each epoch of the same seed.
        public var trainingCurve: [Double] = []
        /// The epoch whose weights are kept.
        public var bestEpoch: Int?
        /// Seconds of training, all seeds together.
        public var seconds: Double?
        /// Number of trainable numbers.
        public var parameters: Int?
        /// Number of seeds.
        public var seeds = 1
        /// Why the variant failed.
        public var error: String?

        /// A variant without figures.
        public init(_ name: String, description: String = "") {
            self.name = name
            self.description = description
        }

        /// Whether it has a validation loss to be ranked by.
        public var isRanked: Bool { error == nil && validation?.mean.isFinite == true }
    }

    /// What the variants are compared with.
    public struct Baseline: Sendable, Equatable {
        /// The variant of this sweep, or where the losses come from.
        public var name: String
        /// Loss on the validation rows, if known.
        public var validation: Double?
        /// Loss on the test rows, if known.
        public var test: Double?

        /// Losses under a name.
        public init(_ name: String, validation: Double?, test: Double?) {
            self.name = name
            self.validation = validation
            self.test = test
        }
    }

    /// Something to do next.
    public struct Step: Sendable, Equatable {
        /// What, and why.
        public var text: String
        /// The command for it; none when empty.
        public var command: String

        /// A step with a command.
        public init(_ text: String, command: String = "") {
            self.text = text
            self.command = command
        }
    }

    /// Name of the sweep.
    public var title: String
    /// What the variants are compared with.
    public var baseline: Baseline?
    /// The variants in the order of the sweep, failed ones among them.
    public var variants: [Variant]
    /// Name of the variant that was chosen; `nil` when none finished.
    public var chosen: String?
    /// Why that one, in a sentence.
    public var reason = ""
    /// Whether its lead is more than seed noise, in a sentence.
    public var verdict = ""
    /// Facts about where and on what the sweep ran.
    public var environment: [ReportPage.Figure] = []
    /// What to do next.
    public var nextSteps: [Step] = []
    /// Whether variants are still to come.
    public var isRunning = false
    /// Where the figures come from, for the foot of the page.
    public var source = ""

    /// A sweep of variants.
    public init(title: String, variants: [Variant]) {
        self.title = title
        self.variants = variants
    }

    /// The variants that finished, by validation loss; equal ones in the order of the sweep.
    public var ranking: [Variant] {
        variants.enumerated().filter { $0.element.isRanked }
            .sorted {
                ($0.element.validation?.mean ?? .infinity, $0.offset)
                    < ($1.element.validation?.mean ?? .infinity, $1.offset)
            }
            .map(\.element)
    }

    /// The variants without a validation loss.
    public var failures: [Variant] { variants.filter { !$0.isRanked } }

    /// How far a loss lies below the baseline's, as a share of the baseline's: positive is better.
    static func gain(_ loss: Double?, over baseline: Double?) -> Double? {
        guard let loss, let baseline, baseline != 0 else { return nil }
        return (baseline - loss) / baseline
    }

    /// A gain in percent with its sign, a true minus.
    static func text(ofGain gain: Double) -> String {
        let text = NumberText.change(gain)
        return text.hasPrefix("-") ? "\u{2212}" + text.dropFirst() : text
    }
}
