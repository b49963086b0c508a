/// `tandem registry`: versions of models, and which of them serves.
enum RegistryGroup {
    static let group = CommandGroup(
        name: "registry",
        summary: "Keep versions of models, switch between them and roll back.",
        discussion: """
            A registry is one SQLite file. Every version is registered in staging, becomes
            active by a switch, deprecated by the next one, and archived by hand. Every
            change is one transaction and leaves a line in the history. Several processes
            may use one registry at the same time.
            """,
        options: [RegistryOptions.database],
        children: [
            .command(RegistryInitCommand.self),
            .command(RegistryRegisterCommand.self),
            .command(RegistryListCommand.self),
            .command(RegistryShowCommand.self),
            .command(RegistryHistoryCommand.self),
            .command(RegistryVerifyCommand.self),
            .command(RegistryWeightCommand.self),
            .command(RegistrySwitchCommand.self),
            .command(RegistryRollbackCommand.self),
            .command(RegistryDeprecateCommand.self),
            .command(RegistryArchiveCommand.self),
            .group(RegistryTestGroup.group),
            .group(RegistryWatchGroup.group),
            .group(RegistrySatisfactionGroup.group),
            .group(RegistryRecordsGroup.group),
            .group(RegistryRetrainGroup.group),
            .command(RegistryExportCommand.self),
            .command(RegistryImportCommand.self),
        ])
}
