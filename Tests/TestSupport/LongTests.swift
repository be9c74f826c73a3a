import Foundation

/// Whether the long versions run: `WG_RECONCILE_LONG_TESTS=1`.
package let runsLongTests = ProcessInfo.processInfo.environment["WG_RECONCILE_LONG_TESTS"] == "1"
