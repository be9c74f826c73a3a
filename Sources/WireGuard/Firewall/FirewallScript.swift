import ControlPlane
import GRDB

/// The script `wg-firewall.sh`, which sets up the packet filter of all instances.
///
/// wg-reconcile writes its own script. In an empty network namespace it sets the same rules as the application's
/// script of that generation, in the same chains and the same order. The text changes only when the rules change: it
/// contains no time, and the order of rows does not depend on the history of the database.
package struct FirewallScript: Sendable {
    package static let fileName = "wg-firewall.sh"

    /// A sentence on a script of an unknown release, or of somebody else.
    static func leftAlone(because reason: String) -> String {
        "\(fileName) is left alone, and may let through what it should not: \(reason); check it, then export from the "
            + "application or move it away, or give --keep-firewall"
    }

    /// The whole file, with a line end after the last line. The script exits with status 0 even if some commands are
    /// refused, because `wg-quick` takes an interface down again if its PostUp fails. With the argument `strict`, it
    /// then exits with 1.
    package let text: String

    /// Values that are not valid for their column, each by row and column, never by value. Their rules are left out.
    /// Empty where the script contains every rule in the database.
    package let problems: [String]

    /// Reads everything in a constant number of queries. Must run in a transaction, so that all queries see one
    /// state.
    ///
    /// The rules have the order of the application's script: DNS redirects, redirected ports, administrators' rules,
    /// enforced routes, and last the rules from the settings.
    ///
    /// - Throws: an error of the database.
    package init(reading db: Database, _ schema: SchemaCapabilities, _ learnt: LearntOutput) throws {
        let traits = learnt.generation.firewall
        var tables = FirewallTables()
        let settings = try FirewallSettings(reading: db, of: traits, &tables)
        let instances = try FirewallInstance.all(db, &tables)

        for rule in traits.forwardPreamble { tables.forward(rule) }
        for instance in instances { instance.redirectNameLookups(over: settings.wanInterface, &tables) }
        try RedirectedPort.write(db, schema, over: settings.wanInterface, &tables)
        try AdministratorRule.write(db, &tables)
        if let policy = traits.routePolicy { try RoutePolicy(reading: db, schema, &tables).write(policy, &tables) }
        settings.limitTraffic(betweenPeersOf: instances, &tables)

        text =
            FirewallShell(
                generation: learnt.generation, letsClientsReachApplication: learnt.letsClientsReachApplication,
                tables: tables, forwardPolicy: settings.policy.forward
            ).text
        problems = tables.problems
    }
}
