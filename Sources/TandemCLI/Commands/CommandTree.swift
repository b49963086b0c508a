/// All commands of the tool.
enum CommandTree {
    static let root = CommandGroup(
        name: "tandem",
        summary: "Train neural networks on the CPU and on OpenCL devices.",
        children: [
            .command(TrainCommand.self),
            .command(EvaluateCommand.self),
            .command(PredictCommand.self),
            .command(ReportCommand.self),
            .group(bench),
            .command(DevicesCommand.self),
            .command(VerifyCommand.self),
            .command(EmbedCommand.self),
        ])

    private static let bench = CommandGroup(
        name: "bench",
        summary: "Measure the speed of single operations.",
        children: [
            .command(BenchMatmulCommand.self),
            .command(BenchGRUCommand.self),
        ])
}
