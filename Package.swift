// swift-tools-version: 6.2
import PackageDescription

// CI builds with WG_RECONCILE_STRICT=1, so that a warning fails there and not on the machine of somebody
// whose compiler is newer than ours.
let strictness: [SwiftSetting] =
    Context.environment["WG_RECONCILE_STRICT"] == nil ? [] : [.treatAllWarnings(as: .error)]

let package = Package(
    name: "wg-reconcile",
    products: [
        .executable(name: "wg-reconcile", targets: ["wg-reconcile"])
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0", traits: ["JSON"]),
    ],
    targets: [
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CTime"),
        .target(
            name: "Reconcile",
            dependencies: [
                "CTime", "CZlib",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            // Compiled in, so that the program stays a single file.
            resources: [
                .embedInCode("Sample/schema-2025.sql"),
                .embedInCode("Report/Page/page.html"), .embedInCode("Report/Page/page.css"),
                .embedInCode("Report/Page/page.js"),
                .embedInCode("Database/Schema/known-states.txt"),
                .embedInCode("JSONSchema/report.schema.json"), .embedInCode("JSONSchema/feed.schema.json"),
            ],
            swiftSettings: strictness
        ),
        .executableTarget(
            name: "wg-reconcile",
            dependencies: [
                "Reconcile",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strictness
        ),
        // Measures; nothing of it is installed.
        .executableTarget(
            name: "wg-reconcile-benchmark",
            dependencies: [
                "Reconcile",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            resources: [
                .embedInCode("Measured/limit.sql"), .embedInCode("Measured/read_csv.py"),
                .embedInCode("Measured/remove_accounts.py"), .embedInCode("Measured/write_meanwhile.py"),
            ],
            swiftSettings: strictness
        ),
        .testTarget(name: "ReconcileTests", dependencies: ["Reconcile"], swiftSettings: strictness),
        .testTarget(
            name: "ProgramTests",
            dependencies: ["Reconcile", "wg-reconcile"],
            swiftSettings: strictness
        ),
    ],
    swiftLanguageModes: [.v6]
)
