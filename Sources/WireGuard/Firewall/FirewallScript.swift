import ControlPlane
import GRDB

/// The script `wg-firewall.sh`, which sets up the packet filter of all instances.
///
/// In an empty network namespace it leaves the rules that the application's own script of that generation leaves, in the
/// same chains and order; its words are the program's own. It is the same text as long as the rules are the same: it
/// holds no time, and rows are read in an order that does not depend on how the database came to be.
package struct FirewallScript: Sendable {
    package static let fileName = "wg-firewall.sh"

    /// The whole file, with a line end after the last line. Ends with status 0 where single commands were refused, since
    /// `wg-quick` takes an interface down again whose PostUp failed; called with the argument `strict`, with 1.
    package let text: String

    /// Values that cannot be what their column says, each with its row and column, never with the value. Their rules
    /// are left out. Empty where the script says all that the database says.
    package let problems: [String]

    /// Reads everything in a constant number of queries. Has to run in a transaction, so that all see one state.
    ///
    /// Rules come in the order that the application's script has: what leads to the DNS container, redirected ports,
    /// the rules that administrators made, routes that are enforced, and what the settings say last.
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
