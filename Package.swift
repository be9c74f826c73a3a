// swift-tools-version: 6.2
import PackageDescription

// CI builds with WG_RECONCILE_STRICT=1, so that a warning fails there and not on the machine of somebody
// whose compiler is newer than ours.
let strictness: [SwiftSetting] =
    Context.environment["WG_RECONCILE_STRICT"] == nil ? [] : [.treatAllWarnings(as: .error)]

let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")

/// All that the programs and the tests use of our own.
let modules: [Target.Dependency] = [
    "ControlPlane", "Feed", "Journal", "Reconcile", "Removal", "Report", "SamplePlane", "Support", "WireGuard",
]

let package = Package(
    name: "wg-reconcile",
    products: [
        .executable(name: "wg-reconcile", targets: ["wg-reconcile"])
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0", traits: ["JSON"]),
    ],
    targets: [
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CTime"),
        // From the bottom up: each may use those above it here, and none below.
        .target(name: "Support", dependencies: ["COpenSSL"], swiftSettings: strictness),
        .target(
            name: "Feed",
            dependencies: ["CTime", "Support"],
            swiftSettings: strictness
        ),
        .target(
            name: "ControlPlane",
            dependencies: [
                "CZlib", "Feed", "Support", grdb, .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            // Compiled in, as all resources are, so that the program stays a single file.
            resources: [.embedInCode("Schema/known-states.txt")],
            swiftSettings: strictness
        ),
        .target(name: "Journal", dependencies: ["ControlPlane", "Feed", "Support", grdb], swiftSettings: strictness),
        .target(
            name: "Removal", dependencies: ["ControlPlane", "Feed", "Journal", "Support", grdb],
            swiftSettings: strictness),
        .target(
            name: "WireGuard", dependencies: ["ControlPlane", "Feed", "Journal", "Support", grdb],
            swiftSettings: strictness),
        .target(
            name: "Report",
            dependencies: ["ControlPlane", "Feed", "Journal", "Removal", "Support", "WireGuard"],
            resources: [
                .embedInCode("Page/page.html"), .embedInCode("Page/page.css"), .embedInCode("Page/page.js"),
                .embedInCode("Index/index.html"), .embedInCode("Index/index.css"), .embedInCode("Index/index.js"),
                .embedInCode("JSONSchema/report.schema.json"), .embedInCode("JSONSchema/feed.schema.json"),
                .embedInCode("JSONSchema/finish.schema.json"),
            ],
            swiftSettings: strictness
        ),
        .target(
            name: "Reconcile",
            dependencies: ["ControlPlane", "Feed", "Journal", "Removal", "Report", "Support", "WireGuard", grdb],
            swiftSettings: strictness
        ),
        // The control plane of the demonstration and of the benchmark.
        .target(
            name: "SamplePlane",
            dependencies: ["CZlib", "Support", grdb],
            resources: [.embedInCode("schema-2025.sql")],
            swiftSettings: strictness
        ),
        .executableTarget(
            name: "wg-reconcile",
            dependencies: modules + [
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strictness
        ),
        // Measures; nothing of it is installed.
        .executableTarget(
            name: "wg-reconcile-benchmark",
            dependencies: modules + [
                .product(name: "ArgumentParser", package: "swift-argument-parser")
            ],
            resources: [
                .embedInCode("Measured/limit.sql"), .embedInCode("Measured/read_csv.py"),
                .embedInCode("Measured/remove_accounts.py"), .embedInCode("Measured/write_meanwhile.py"),
            ],
            swiftSettings: strictness
        ),
        // What several test targets share. Only they depend on it.
        .target(
            name: "TestSupport", dependencies: ["SamplePlane", "Support", grdb], path: "Tests/TestSupport",
            swiftSettings: strictness),
        // One for each module, with what its tests need besides.
        .testTarget(
            name: "SupportTests", dependencies: ["SamplePlane", "Support", "TestSupport"], swiftSettings: strictness),
        .testTarget(name: "FeedTests", dependencies: ["Feed", "Support", "TestSupport"], swiftSettings: strictness),
        .testTarget(
            name: "ControlPlaneTests", dependencies: ["CZlib", "ControlPlane", "SamplePlane"], swiftSettings: strictness
        ),
        .testTarget(name: "JournalTests", dependencies: ["Journal"], swiftSettings: strictness),
        .testTarget(
            name: "RemovalTests", dependencies: ["ControlPlane", "Removal", "Support", "TestSupport"],
            swiftSettings: strictness),
        .testTarget(
            name: "WireGuardTests",
            dependencies: ["ControlPlane", "SamplePlane", "Support", "TestSupport", "WireGuard"],
            swiftSettings: strictness),
        .testTarget(
            name: "ReportTests",
            dependencies: [
                "ControlPlane", "Feed", "Journal", "Removal", "Report", "Support", "TestSupport", "WireGuard",
            ],
            swiftSettings: strictness),
        .testTarget(
            name: "ReconcileTests",
            dependencies: [
                "ControlPlane", "Feed", "Journal", "Reconcile", "Removal", "Report", "SamplePlane", "Support",
                "TestSupport", "WireGuard", grdb,
            ],
            swiftSettings: strictness),
        .testTarget(
            name: "SamplePlaneTests", dependencies: ["SamplePlane", "Support", "TestSupport", grdb],
            swiftSettings: strictness),
        // The program's own module: its options and what it shows.
        .testTarget(
            name: "ConsoleTests",
            dependencies: [
                "Feed", "Journal", "Report", "Support", "TestSupport", "WireGuard", "wg-reconcile",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strictness),
        // Runs the program from outside, and so needs none of its modules but the one that makes control planes.
        .testTarget(
            name: "ProgramTests",
            dependencies: ["SamplePlane", "Support", "TestSupport", "wg-reconcile", grdb],
            swiftSettings: strictness),
    ],
    swiftLanguageModes: [.v6]
)
