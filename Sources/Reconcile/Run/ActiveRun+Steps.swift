import ControlPlane
import Feed
import Journal
import Removal
import Support
import WireGuard

// The steps between the plan and the report.
extension ActiveRun {
    mutating func removeAccounts() {
        guard stop == nil else { return }
        backUp()
        guard stop == nil else { return }
        let files: [Int: [ArchivedAccount.File]]
        let numbers = plan.targets.flatMap(\.instances).map(\.interfaceNumber)
        do {
            files = options.archive.days == 0 ? [:] : try configFolder.filesToArchive(of: numbers, in: database)
        } catch {
            stop = error
            return
        }
        surroundings.observe(.began(.removal))
        let work = Removal(
            database: database, plan: plan, runID: id, pace: options.pace, quietIn: quietIn,
            guards: options.guards, archive: options.archive, files: files,
            exportedKeys: configFolder.exportedKeys(of: numbers),
            surroundings: surroundings)
        removal = work.perform()
        if let reason = removal.stoppedBy {
            stop = reason
            takeInWhatWasCommitted()
        }
        surroundings.observe(
            .finished(
                .removal,
                [
                    ("accounts", "\(removal.accounts.count)"), ("sessions_examined", "\(removal.sessions.examined)"),
                    ("stopped", "\(removal.stoppedBy != nil)"),
                ]))
    }

    /// Copies the database if the run would remove accounts. If the copy fails, the run stops and removes nothing.
    private mutating func backUp() {
        guard let backups = options.backups, !plan.targets.isEmpty else { return }
        surroundings.observe(.began(.backup))
        do {
            guard let path = try backups.copy(database, of: id, trust: options.folderTrust) else { return }
            surroundings.observe(.checkpoint(.backedUp))
            surroundings.observe(.finished(.backup, [("path", path)]))
        } catch let error as any ExplainedError {
            stop = error
        } catch {
            stop = DatabaseFailure(.inputOutput, while: "copy", on: database.path, message: "\(error)")
        }
    }

    /// After an error in the middle of a COMMIT, only the database shows whether the commit took place. The journal is
    /// written in the same transaction and answers that.
    private mutating func takeInWhatWasCommitted() {
        // If the database cannot even be read, these entries stay `unprocessed`. That is safe: the next run of this
        // feed continues this one and reports them from the journal.
        let found = try? database.readOnly(while: "read the journal of the database") { db in
            let committed = try Journal.outcomes(of: id, in: db)
            let names = Set(committed.values.map { NearSpelling.hash(of: $0.mailbox) })
            return (
                committed: committed,
                directory: try AccountDirectory(
                    reading: db, hashed: names, matchingUsernames: plan.guards.matchesUsernames)
            )
        }
        guard let found else { return }
        for (number, done) in found.committed where plan.entries.indices.contains(number - 1) {
            let (index, entry) = (number - 1, plan.entries[number - 1])
            // An earlier part of this run may have removed an account that has since been created again and is due
            // again.
            guard removal.accounts[index] == nil, plan.decisions.isDue(at: index), let mailbox = Mailbox(entry.email),
                found.directory.target(of: mailbox).isEmpty
            else { continue }
            removal.accounts[index] = AccountResult(entry, done)
        }
    }

    mutating func bringConfigsUpToDate() {
        sight.cameToConfigs = true
        surroundings.observe(.began(.configs))
        do {
            let update = try configFolder.bringUpToDate(
                from: database, causes: causes, live: live, surroundings)
            configs = update.record
            tunnels.proof = update.proof
            tunnels.reopenedKeys = update.reopenedKeys
            sight.silent = update.silent
            configsFailure = update.failure
            (files, unfinished) = (update.files, update.unfinished)
        } catch let error as any ExplainedError {
            configs.errors.append(error.description)
            configsFailure = error
        } catch {
            configs.errors.append("\(error)")
        }
        surroundings.observe(.checkpoint(.configsDone))
        surroundings.observe(
            .finished(
                .configs,
                [
                    ("written", "\(configs.written.count)"), ("unchanged", "\(configs.unchanged)"),
                    ("deleted", "\(configs.deleted.count)"), ("regenerated", "\(configs.regenerated)"),
                    ("interfaces_down", "\(configs.live.down.count)"),
                    ("interfaces_synced", "\(configs.live.synced.count)"), ("applied", "\(configs.applied)"),
                ]))
    }

    private var causes: ConfigFolder.Causes {
        var causes = ConfigFolder.Causes(run: id)
        causes.restoredInterfaces = restorations.interfaceNumbers
        for result in results.workedOn {
            causes.removedInterfaces.formUnion(result.removal?.interfaceNumbers ?? [])
            causes.affectedInterfaces.formUnion(result.removal?.affectedInterfaceNumbers ?? [])
        }
        return causes
    }
}
