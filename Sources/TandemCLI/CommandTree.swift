/// All commands of the tool.
enum CommandTree {
    static let root = CommandGroup(
        name: "tandem",
        summary: "Train neural networks on the CPU and on OpenCL devices.",
        children: [
            .command(TrainCommand.self),
            .command(EvaluateCommand.self),
            .command(PredictCommand.self),
            .command(SweepCommand.self),
            .command(ExportCommand.self),
            .group(RegistryGroup.group),
            .command(ReportCommand.self),
            .group(bench),
            .command(DevicesCommand.self),
            .command(VerifyCommand.self),
            .command(EmbedCommand.self),
            .group(data),
        ])

    private static let bench = CommandGroup(
        name: "bench",
        summary: "Measure the speed of operations and training steps.",
        children: [
            .command(BenchMatmulCommand.self),
            .command(BenchGRUCommand.self),
            .command(BenchStepCommand.self),
            .command(BenchAttentionCommand.self),
            .command(BenchTensorCommand.self),
        ])

    private static let data = CommandGroup(
        name: "data",
        summary: "Make data sets for people who have none.",
        children: [
            .command(DataCallingScoreCommand.self),
            .command(DataGiftCommand.self),
        ])
}
