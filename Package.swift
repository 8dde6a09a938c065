// swift-tools-version: 6.3
import PackageDescription

let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// x86-64-v3 (AVX2, FMA) for the rooms that hold loops over tensors, those of the kernels and of the reference that
/// networks are checked against; every machine the engine supports has it.
///
/// They are optimised in debug builds too: without it every test that runs a network takes ten times as long.
let vectorized: [SwiftSetting] =
  strict + [
    .unsafeFlags(["-Xcc", "-march=x86-64-v3"]), .unsafeFlags(["-O"], .when(configuration: .debug)),
  ]

let package = Package(
  name: "pdp-study",
  products: [
    .executable(name: "pdp-study", targets: ["pdp-study"]),
    .library(name: "StudyKit", type: .dynamic, targets: ["StudyKit"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
  ],
  targets: [
    // C libraries
    .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
    .systemLibrary(name: "CIntrinsics"),
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-openmp-dev"])]),
    .systemLibrary(name: "CCairo", pkgConfig: "cairo", providers: [.apt(["libcairo2-dev"])]),
    .systemLibrary(
      name: "CMark", pkgConfig: "libcmark-gfm",
      providers: [.apt(["libcmark-gfm-dev", "libcmark-gfm-extensions-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

    // Engine
    .target(name: "Digests", dependencies: ["CCrypto"], swiftSettings: strict),
    .target(
      name: "Kernels",
      dependencies: ["COneDNN", "COpenBLAS", "CIntrinsics"],
      swiftSettings: vectorized + [.strictMemorySafety()]
    ),
    .target(name: "Autodiff", dependencies: ["Kernels"], swiftSettings: strict),
    .target(name: "Networks", dependencies: ["Autodiff", "Kernels"], swiftSettings: strict),
    .target(
      name: "ModelFiles", dependencies: ["Networks", "Kernels", "Digests", "CZstd"], swiftSettings: vectorized),
    .target(
      name: "ONNX",
      dependencies: ["Networks", "Kernels", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["onnx.proto"],
      swiftSettings: strict
    ),
    .target(name: "Inference", dependencies: ["Networks", "Kernels"], swiftSettings: strict),
    .target(name: "Pruning", dependencies: ["Networks", "Autodiff", "Kernels"], swiftSettings: strict),
    .target(name: "Datasets", dependencies: ["Kernels", "Digests", "CPNG", "CZlib"], swiftSettings: strict),
    .target(
      name: "Training",
      dependencies: ["ModelFiles", "Pruning", "Networks", "Autodiff", "Kernels", "Datasets", "Digests"],
      swiftSettings: strict
    ),
    .target(
      name: "Conformance",
      dependencies: ["Training", "Datasets", "Pruning", "Networks", "Autodiff", "Kernels"],
      swiftSettings: vectorized
    ),

    // Study side
    .target(name: "StudyKit", swiftSettings: strict),
    .target(
      name: "Planning",
      dependencies: ["StudyKit", "Training", "Pruning", "Networks", "Datasets", "Kernels", "Digests"],
      swiftSettings: strict
    ),
    .target(
      name: "RunStore",
      dependencies: [
        "Planning", "Training", "Pruning", "Networks", "Datasets", "Digests",
        .product(name: "GRDB", package: "GRDB.swift"), .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "Execution",
      dependencies: ["RunStore", "Planning", "Training", "Pruning", "Networks", "Datasets", "Kernels", "Digests"],
      swiftSettings: strict
    ),
    .target(
      name: "Deployment",
      dependencies: [
        "RunStore", "Planning", "Training", "Inference", "ModelFiles", "Networks", "Autodiff", "Kernels", "Datasets",
        "Digests",
      ],
      swiftSettings: strict
    ),
    .target(
      name: "Reports",
      dependencies: ["RunStore", "Planning", "Training", "Pruning", "Networks", "Datasets", "CCairo", "CMark"],
      swiftSettings: strict
    ),

    // Tools
    .executableTarget(
      name: "pdp-study",
      dependencies: [
        "Deployment", "Execution", "Reports", "RunStore", "Planning", "Conformance", "Training", "Pruning", "Inference",
        "ModelFiles", "ONNX", "Networks", "Datasets", "Kernels", "Digests",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict
    ),
    .executableTarget(
      name: "engine-benchmark",
      dependencies: [
        "Inference", "ONNX", "Pruning", "Networks", "Autodiff", "Kernels",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Benchmarks/Engine",
      swiftSettings: strict + [.unsafeFlags(["-Xcc", "-march=x86-64-v3"])]
    ),
    .executableTarget(
      name: "store-benchmark",
      dependencies: [
        "RunStore", "Planning", "Training", "Datasets", "Kernels",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Benchmarks/Store",
      swiftSettings: strict
    ),

    // Tests
    .target(name: "TestSupport", dependencies: ["Kernels"], path: "Tests/TestSupport", swiftSettings: strict),
    .target(
      name: "RunFixtures",
      dependencies: ["Planning", "Training", "Pruning", "Networks", "Datasets", "Kernels"],
      path: "Tests/RunFixtures",
      swiftSettings: strict
    ),
    .executableTarget(
      name: "worker-fixture",
      dependencies: ["Execution", "Planning", "Training", "Pruning", "Kernels"],
      path: "Tests/WorkerFixture",
      swiftSettings: strict
    ),
    .executableTarget(
      name: "fuzz-readers",
      dependencies: [
        "RunStore", "Planning", "Conformance", "Training", "ModelFiles", "Networks", "Datasets", "Kernels", "Digests",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Tests/FuzzReaders",
      resources: [.copy("Corpus")],
      swiftSettings: strict
    ),
    .testTarget(name: "FuzzReadersTests", dependencies: ["fuzz-readers"], swiftSettings: strict),
    .testTarget(name: "DigestsTests", dependencies: ["Digests"], swiftSettings: strict),
    .testTarget(name: "KernelsTests", dependencies: ["Kernels", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "AutodiffTests", dependencies: ["Autodiff", "Kernels", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "NetworksTests", dependencies: ["Networks", "Autodiff", "Kernels"], swiftSettings: strict),
    .testTarget(
      name: "ModelFilesTests",
      dependencies: ["ModelFiles", "Networks", "Autodiff", "Kernels", "Digests"],
      exclude: ["read_compact.py"],
      swiftSettings: vectorized
    ),
    .testTarget(
      name: "ONNXTests",
      dependencies: [
        "ONNX", "Networks", "Autodiff", "Kernels", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "InferenceTests", dependencies: ["Inference", "Networks", "Autodiff", "Kernels", "TestSupport"],
      swiftSettings: strict),
    .testTarget(name: "PruningTests", dependencies: ["Pruning", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "DatasetsTests",
      dependencies: ["Datasets", "Kernels", "Digests", "CPNG", "CZlib"],
      exclude: ["Text/bert_scalars.py"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "TrainingTests",
      dependencies: ["Training", "ModelFiles", "Pruning", "Networks", "Datasets", "Kernels", "Digests"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "ConformanceTests",
      dependencies: ["Conformance", "Networks", "Kernels", "TestSupport"],
      resources: [.copy("Golden")],
      swiftSettings: strict
    ),
    .testTarget(name: "StudyKitTests", dependencies: ["StudyKit"], swiftSettings: strict),
    .testTarget(name: "PlanningTests", dependencies: ["Planning"], swiftSettings: strict),
    .testTarget(
      name: "RunStoreTests",
      dependencies: ["RunStore", "RunFixtures", "Digests", .product(name: "GRDB", package: "GRDB.swift")],
      resources: [.copy("Golden")],
      swiftSettings: strict
    ),
    .testTarget(
      name: "ExecutionTests",
      dependencies: ["Execution", "RunFixtures", "worker-fixture"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "DeploymentTests",
      dependencies: [
        "Deployment", "RunStore", "Training", "Inference", "Networks", "Datasets", "Autodiff", "Kernels", "CPNG",
        "TestSupport",
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "ReportsTests",
      dependencies: [
        "Reports", "RunStore", "RunFixtures", "Planning", "Training", "Pruning", "Networks", "Datasets", "Kernels",
      ],
      resources: [.copy("Golden")],
      swiftSettings: strict
    ),
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        "pdp-study", "ModelFiles", "ONNX", "Training", "Networks", "Autodiff", "Kernels", "Digests",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      swiftSettings: strict
    ),
  ],
  swiftLanguageModes: [.v6]
)
