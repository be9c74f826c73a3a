import ControlPlane
import Feed
import Glibc
import Support

/// Whether another run is active, or has left a lock file that this user cannot open.
enum LockCheck {
    static func findings(_ options: Reconciliation.Options) -> [Finding] {
        // DatabaseCheck reports what is wrong with the database itself.
        guard
            (try? ControlPlaneDatabase.requireFile(options.databasePath, trust: FileTrust(allowsAnything: true))) != nil
        else { return [] }
        do {
            try RunLock.examine(ofDatabaseAt: options.databasePath)
            return [.ok("lock", "no other run is in progress")]
        } catch let error as RunLockFailure {
            if case .heldByAnother = error.reason {
                return [
                    .note("lock", error.cause, try: "nothing, if it is the nightly run; two must not overlap")
                ]
            }
            return [.problem("lock", error)]
        } catch {
            return [.problem("lock", "\(error)", try: "report it with this message")]
        }
    }
}
