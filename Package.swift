// swift-tools-version: 6.3
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A module of the library: `TandemTensors` in `Sources/Tensors`.
///
/// All modules bear the prefix, because the names of targets must differ over all packages of a program.
func module(_ name: String, _ dependencies: String...) -> Target {
    .target(
        name: "Tandem\(name)",
        dependencies: dependencies.map { .target(name: "Tandem\($0)") },
        path: "Sources/\(name)", swiftSettings: strict)
}

/// The module map of a library that is installed on the machine: `TandemCOpenCL` in `Sources/COpenCL`.
func system(_ name: String, pkgConfig: String, package: String) -> Target {
    .systemLibrary(
        name: "Tandem\(name)", path: "Sources/\(name)", pkgConfig: pkgConfig,
        providers: [.apt([package])])
}

/// The tests of a module, in `Tests/<name>Tests`.
func tests(_ name: String, _ dependencies: String..., exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies.map { .target(name: "Tandem\($0)") },
        exclude: exclude)
}

let package = Package(
    name: "Tandem",
    products: [
        .library(name: "Tandem", targets: ["Tandem"]),
        .library(name: "TandemRegistry", targets: ["TandemRegistry"]),
        .executable(name: "tandem", targets: ["TandemCLI"]),
    ],
    targets: [
        system("COpenBLAS", pkgConfig: "openblas", package: "libopenblas-dev"),
        system("COpenCL", pkgConfig: "OpenCL", package: "ocl-icd-opencl-dev"),
        system("CSQLite", pkgConfig: "sqlite3", package: "libsqlite3-dev"),
        .target(name: "TandemCPUKernels", path: "Sources/CPUKernels"),
        .target(name: "TandemOpenCLKernels", path: "Kernels", sources: ["KernelSources.c"]),

        module("Basics"),
        module("Devices", "Basics", "COpenBLAS", "COpenCL", "CPUKernels", "OpenCLKernels"),
        module("DeviceConformance", "Devices", "Basics"),
        module("Tensors", "Devices", "Basics"),
        module("Networks", "Tensors", "Devices", "Basics"),
        module("Datasets", "Basics"),
        module("Configuration", "Basics"),
        module("Reports", "Basics"),
        module(
            "Training", "Reports", "Configuration", "Datasets", "Networks", "Tensors", "Devices",
            "Basics"),
        module("Interchange", "Datasets", "Tensors", "Devices", "Basics"),
        module("Registry", "CSQLite", "Interchange", "Datasets", "Devices", "Basics"),
        module(
            "Recipes", "Interchange", "Training", "Configuration", "Datasets", "Networks",
            "Tensors", "Devices", "Basics"),
        .target(
            name: "Tandem",
            dependencies: [
                "TandemRecipes", "TandemInterchange", "TandemTraining", "TandemConfiguration",
                "TandemDatasets", "TandemNetworks", "TandemTensors", "TandemDevices",
                "TandemBasics",
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "TandemCLI",
            dependencies: [
                "TandemRecipes", "TandemRegistry", "TandemInterchange", "TandemTraining",
                "TandemConfiguration", "TandemDatasets", "TandemNetworks", "TandemTensors",
                "TandemDevices", "TandemDeviceConformance", "TandemBasics",
            ],
            swiftSettings: strict),

        .target(
            name: "TandemTestSupport",
            dependencies: ["TandemTensors", "TandemDatasets", "TandemDevices", "TandemBasics"],
            path: "Tests/TestSupport", swiftSettings: strict),
        .target(name: "TandemAllocationCounter", path: "Tests/AllocationCounter"),
        tests("Basics", "Basics", "TestSupport"),
        tests("Configuration", "Configuration", "Basics"),
        tests("Devices", "Devices", "DeviceConformance", "Datasets", "TestSupport", "Basics"),
        tests("Tensors", "TestSupport", "Tensors", "Devices", "Basics"),
        tests("Networks", "TestSupport", "Networks", "Tensors", "Datasets", "Devices", "Basics"),
        tests("Datasets", "Datasets", "TestSupport", "Basics", exclude: ["Golden"]),
        tests("Reports", "Reports", "TestSupport", "Basics"),
        tests(
            "Training", "AllocationCounter", "TestSupport", "Training", "Reports",
            "Configuration", "Datasets", "Networks", "Tensors", "Devices", "Basics"),
        tests(
            "Interchange", "TestSupport", "Interchange", "Datasets", "Tensors", "Devices",
            "Basics"),
        tests("Registry", "Registry", "Interchange", "Datasets", "Devices", "Basics"),
        tests(
            "Recipes", "AllocationCounter", "TestSupport", "Recipes", "Interchange", "Training",
            "Configuration", "Datasets", "Networks", "Tensors", "Devices", "Basics"),
        .testTarget(name: "TandemTests", dependencies: ["Tandem"]),
        .testTarget(
            name: "TandemCLITests",
            dependencies: [
                "TandemCLI", "TandemRecipes", "TandemRegistry", "TandemInterchange",
                "TandemTraining", "TandemConfiguration", "TandemDatasets", "TandemNetworks",
                "TandemDevices", "TandemDeviceConformance", "TandemBasics",
            ], exclude: ["Snapshots"]),
    ],
    swiftLanguageModes: [.v6]
)
