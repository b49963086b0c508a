import TandemTraining

/// Options with the same name and meaning in several commands.
enum SharedOptions {
    static let device = Option<String>(
        "device", "device",
        help: "Device to compute on: auto, cpu, gpu, opencl or opencl:<platform>.<device>.",
        defaultText: "auto")
    static let devices = Option<String>(
        "device", "device", .repeated,
        help: "Device to measure: auto, cpu, gpu, opencl or opencl:<platform>.<device>. "
            + "Repeat it to compare devices.",
        defaultText: "auto")
    static let threads = Option<PositiveCount>(
        "threads", "count", help: "Threads used by the CPU.", defaultText: "all cores")
    static let seed = Option<UInt64>(
        "seed", "seed",
        help: "Seed of initial weights, dropout and the order of the data.")
    static let data = Option<String>(
        "data", "path",
        help: "Folder or file of the data set, in place of the configuration's.")
    static let json = Flag("json", help: "Print the result as one JSON object.")
    static let quiet = Flag("quiet", help: "Show no progress, only the result and errors.")
    static let run = Positional<String>("run", help: "Run directory made by 'tandem train'.")

    /// What device, threads and data set were asked for.
    static func runOptions(_ arguments: ParsedArguments) throws(UsageError) -> RunOptions {
        RunOptions(
            device: try arguments.value(of: device) ?? "auto",
            threads: try arguments.value(of: threads)?.value, data: try arguments.value(of: data))
    }
}
