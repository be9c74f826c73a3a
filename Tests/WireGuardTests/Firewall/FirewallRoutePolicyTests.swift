import TestSupport
import Testing

@testable import WireGuard

/// The recordings show peers with one address and one route of their own. The rest comes from what the application
/// means by a peer's routes.
@Suite("Routes that are enforced")
struct FirewallRoutePolicyTests {
    private func policy(_ fill: (FirewallBench) throws -> Void) throws -> [String] {
        let script = try FirewallBench.script(.of2026, fill)
        #expect(script.problems == [])
        return script.rules("ROUTE_POLICY")
    }

    @Test("by the instance or by the template; the text of networks decides on the order")
    func whose() throws {
        let found = try policy { bench in
            let free = try bench.instance(3)
            let template = try bench.template(of: free, type: "custom", custom: "10.30.0.0/16\r\n\n 9.0.0.0/8 ")
            let lax = try bench.template(of: free, type: "custom", custom: "10.40.0.0/16", enforces: false)
            try bench.peer(of: free, own: ["10.0.3.2/32"], ["routing_template_id": template])
            try bench.peer(of: free, own: ["10.0.3.3/32"], ["routing_template_id": lax])
            let strict = try bench.instance(2, ["enforce_route_policy": 1])
            try bench.peer(of: strict, own: ["10.0.2.3/32"], client: ["10.200.7.7/16"], ["name": "a"])
            try bench.peer(of: strict, own: ["10.0.2.2/32"], client: ["10.200.0.0/16"])
            try bench.peer(
                of: strict, own: ["10.0.2.4/32"], client: ["10.200.0.0/16"], ["sort_order": -1, "name": "z"])
        }
        #expect(
            found == [
                "-i wg+ -s 10.0.2.4/32 -d 10.200.0.0/16 -j RETURN", "-i wg+ -s 10.0.2.4/32 -j REJECT",
                "-i wg+ -s 10.0.2.2/32 -d 10.200.0.0/16 -j RETURN", "-i wg+ -s 10.0.2.2/32 -j REJECT",
                "-i wg+ -s 10.0.2.3/32 -d 10.200.0.0/16 -j RETURN", "-i wg+ -s 10.0.2.3/32 -j REJECT",
                "-i wg+ -s 10.0.3.2/32 -d 10.30.0.0/16 -j RETURN",
                "-i wg+ -s 10.0.3.2/32 -d 9.0.0.0/8 -j RETURN", "-i wg+ -s 10.0.3.2/32 -j REJECT",
            ])
    }

    @Test("what a peer announces is a source too, and none of its destinations")
    func announced() throws {
        let found = try policy { bench in
            let strict = try bench.instance(2, ["enforce_route_policy": 1])
            try bench.peer(
                of: strict, own: ["10.0.2.2/32", "192.168.5.9/24", "172.16.0.0/16"],
                client: ["192.168.5.0/24", "10.200.0.0/16"])
        }
        #expect(
            found == [
                "-i wg+ -s 10.0.2.2/32 -d 10.200.0.0/16 -j RETURN", "-i wg+ -s 10.0.2.2/32 -j REJECT",
                "-i wg+ -s 172.16.0.0/16 -d 10.200.0.0/16 -j RETURN", "-i wg+ -s 172.16.0.0/16 -j REJECT",
                "-i wg+ -s 192.168.5.0/24 -d 10.200.0.0/16 -j RETURN", "-i wg+ -s 192.168.5.0/24 -j REJECT",
            ])
    }

    @Test("nothing where the peer may reach everything, has no routes, or has no address")
    func unlimited() throws {
        let found = try policy { bench in
            let strict = try bench.instance(2, ["enforce_route_policy": 1])
            let all = try bench.template(of: strict, type: "default", custom: "10.0.0.0/8")
            let none = try bench.template(of: strict, type: "custom")
            try bench.peer(of: strict, own: ["10.0.2.2/32"], client: ["10.9.0.0/16"], ["routing_template_id": all])
            try bench.peer(of: strict, own: ["10.0.2.3/32"], ["routing_template_id": none])
            try bench.peer(of: strict, own: ["10.0.2.4/32"])
            try bench.peer(of: strict, own: ["10.0.2.5/32"], client: ["10.9.0.0/16", "0.0.0.0/0"])
            try bench.peer(of: strict, client: ["10.9.0.0/16"])
        }
        #expect(found == [])
    }

    @Test("templates for the peers of one instance, and of all")
    func templates() throws {
        let found = try policy { bench in
            let one = try bench.instance(1)
            let two = try bench.instance(2)
            let same = try bench.template(of: one, type: "peer_same_instance")
            let all = try bench.template(of: one, type: "peer_all_instances", custom: "10.50.0.1")
            try bench.peer(of: one, own: ["10.0.1.2/32"], ["routing_template_id": same, "sort_order": 1])
            try bench.peer(of: one, own: ["10.0.1.3/32"], ["routing_template_id": all, "sort_order": 2])
            try bench.peer(of: one, own: ["10.0.1.4/32", "192.168.1.0/24"])
            try bench.peer(of: two, own: ["10.0.2.4/32", "192.168.2.0/24"])
        }
        #expect(
            found == [
                "-i wg+ -s 10.0.1.2/32 -d 10.0.1.0/24 -j RETURN", "-i wg+ -s 10.0.1.2/32 -d 192.168.1.0/24 -j RETURN",
                "-i wg+ -s 10.0.1.2/32 -j REJECT",
                "-i wg+ -s 10.0.1.3/32 -d 10.0.1.0/24 -j RETURN", "-i wg+ -s 10.0.1.3/32 -d 10.0.2.0/24 -j RETURN",
                "-i wg+ -s 10.0.1.3/32 -d 10.50.0.1/32 -j RETURN",
                "-i wg+ -s 10.0.1.3/32 -d 192.168.1.0/24 -j RETURN",
                "-i wg+ -s 10.0.1.3/32 -d 192.168.2.0/24 -j RETURN", "-i wg+ -s 10.0.1.3/32 -j REJECT",
            ])
    }

    @Test("a peer whose only route is an IPv6 one reaches nothing, rather than everything")
    func ipv6() throws {
        let found = try policy { bench in
            let one = try bench.instance(1)
            let template = try bench.template(of: one, type: "custom", custom: "2001:db8::/32")
            try bench.peer(of: one, own: ["10.0.1.2/32"], ["routing_template_id": template])
        }
        #expect(found == ["-i wg+ -s 10.0.1.2/32 -j REJECT"])
    }

    @Test("routes as people write them", arguments: ["10.50.7.0/24", "10.50.7.9/24", "10.50.7.0/255.255.255.0"])
    func notations(route: String) throws {
        let found = try policy { bench in
            let one = try bench.instance(1)
            let template = try bench.template(of: one, type: "custom", custom: route)
            try bench.peer(of: one, own: ["10.0.1.2/32"], ["routing_template_id": template])
        }
        #expect(found.first == "-i wg+ -s 10.0.1.2/32 -d 10.50.7.0/24 -j RETURN")
    }

    @Test("a template's line that is no network is passed over and reported")
    func badRoute() throws {
        let script = try FirewallBench.script(.of2026) { bench in
            let one = try bench.instance(1)
            let template = try bench.template(of: one, type: "custom", custom: "10.1.0.0/16\n$(reboot)")
            try bench.peer(of: one, own: ["10.0.1.2/32"], ["routing_template_id": template])
        }
        #expect(script.rules("ROUTE_POLICY").count == 2)
        #expect(script.problems == ["routing template 1: custom_routes has a line that is not a network"])
    }
}
