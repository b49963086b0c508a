// swift-tools-version: 6.3
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "Tandem",
    products: [
        .library(name: "Tandem", targets: ["Tandem"]),
        .executable(name: "tandem", targets: ["TandemCLI"]),
    ],
    targets: [
        .systemLibrary(
            name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(
            name: "COpenCL", pkgConfig: "OpenCL", providers: [.apt(["ocl-icd-opencl-dev"])]),
        .systemLibrary(
            name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        .target(name: "CPUKernels"),
        .target(name: "OpenCLKernels", path: "Kernels", sources: ["KernelSources.c"]),
        .target(
            name: "Devices",
            dependencies: ["COpenBLAS", "COpenCL", "CPUKernels", "OpenCLKernels"],
            swiftSettings: strict),
        .target(name: "DeviceConformance", dependencies: ["Devices"], swiftSettings: strict),
        .target(name: "Tensors", dependencies: ["Devices"], swiftSettings: strict),
        .target(name: "Networks", dependencies: ["Tensors", "Devices"], swiftSettings: strict),
        .target(
            name: "Datasets", dependencies: ["Devices", "CZlib"], swiftSettings: strict),
        .target(
            name: "Training",
            dependencies: ["Datasets", "Networks", "Tensors", "Devices"],
            swiftSettings: strict),
        .target(
            name: "Interchange", dependencies: ["Datasets", "Tensors", "Devices"],
            swiftSettings: strict),
        .target(
            name: "Registry", dependencies: ["CSQLite", "Interchange", "Datasets", "Devices"],
            swiftSettings: strict),
        .target(
            name: "Recipes",
            dependencies: [
                "Interchange", "Training", "Datasets", "Networks", "Tensors", "Devices",
            ],
            swiftSettings: strict),
        .target(
            name: "Tandem",
            dependencies: [
                "Recipes", "Registry", "Interchange", "Training", "Datasets", "Networks",
                "Tensors", "Devices",
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "TandemCLI",
            dependencies: [
                "Recipes", "Registry", "Interchange", "Training", "Datasets", "Networks",
                "Tensors", "Devices", "DeviceConformance",
            ],
            swiftSettings: strict),

        .target(
            name: "TestSupport", dependencies: ["Tensors", "Datasets", "Devices"],
            path: "Tests/TestSupport", swiftSettings: strict),
        .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
        .testTarget(
            name: "DevicesTests",
            dependencies: ["Devices", "DeviceConformance", "Datasets", "TestSupport"]),
        .testTarget(name: "TensorsTests", dependencies: ["TestSupport", "Tensors", "Devices"]),
        .testTarget(
            name: "NetworksTests",
            dependencies: ["TestSupport", "Networks", "Tensors", "Datasets", "Devices"]),
        .testTarget(
            name: "DatasetsTests", dependencies: ["Datasets", "Devices"], exclude: ["Golden"]),
        .testTarget(
            name: "TrainingTests",
            dependencies: [
                "AllocationCounter", "Training", "Datasets", "Networks", "Tensors", "Devices",
            ]),
        .testTarget(
            name: "InterchangeTests",
            dependencies: ["TestSupport", "Interchange", "Datasets", "Tensors", "Devices"]),
        .testTarget(
            name: "RegistryTests",
            dependencies: ["Registry", "Interchange", "Datasets", "Devices"]),
        .testTarget(
            name: "RecipesTests",
            dependencies: [
                "AllocationCounter", "TestSupport", "Recipes", "Interchange", "Training",
                "Datasets", "Networks",
                "Tensors", "Devices",
            ]),
        .testTarget(name: "TandemTests", dependencies: ["Tandem"]),
        .testTarget(
            name: "TandemCLITests", dependencies: ["TandemCLI"], exclude: ["Snapshots"]),
    ],
    swiftLanguageModes: [.v6]
)
