import TandemTraining

/// Options with the same name and meaning in several commands.
enum SharedOptions {
    static let device = Option<String>(
        "device", "device",
        help: "Device to compute on: auto, cpu, gpu, opencl or opencl:<platform>.<device>.",
        default: "auto")
    static let devices = Option<[String]>(
        "device", "device",
        help: "Device to measure: auto, cpu, gpu, opencl or opencl:<platform>.<device>. "
            + "Repeat it to compare devices.",
        defaultText: "auto")
    static let threads = Option<PositiveCount?>(
        "threads", "count", help: "Threads used by the CPU.", defaultText: "all cores")
    static let seed = Option<UInt64?>(
        "seed", "seed",
        help: "Seed of initial weights, dropout and the order of the data.")
    static let data = Option<String?>(
        "data", "path",
        help: "Folder or file of the data set, in place of the configuration's.")
    static let json = Flag("json", help: "Print the result as one JSON object.")
    static let quiet = Flag("quiet", help: "Show no progress, only the result and errors.")
    static let run = Positional<String>("run", help: "Run directory made by 'tandem train'.")

    /// A paragraph on what a trained model is.
    static let whichWeights = """
        Uses the best checkpoint of the run; without early stopping the last weights or
        their average.
        """
}

extension ParsedArguments {
    /// What device, threads and data set were asked for.
    var runOptions: RunOptions {
        RunOptions(
            device: self[SharedOptions.device], threads: self[SharedOptions.threads]?.value,
            data: self[SharedOptions.data])
    }
}
