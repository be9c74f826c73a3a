import SamplePlane
import Testing

@Suite("What a removal keeps restricted is said before, in the summary and in the log")
struct KeptRestrictedTests {
    @Test func `plan, summary and log name a colleague who would see everything`() throws {
        try withControlPlane { plane throws in
            let (gone, colleague) = (plane.bystanders[0], plane.bystanders[1])
            try plane.execute(
                """
                UPDATE user_manager_useracl_peer_groups
                SET peergroup_id = (SELECT uuid FROM wireguard_peergroup WHERE name = ? || '_group')
                WHERE useracl_id IN (
                    SELECT acl.uuid FROM user_manager_useracl AS acl
                    JOIN auth_user AS person ON person.id = acl.user_id WHERE person.email = ?)
                """, [gone.email, colleague.email])
            try plane.write(plane.feed(ending: [gone]), to: "feed.csv")

            let plan = try plane.program("plan", "feed.csv", ["--no-apply"])
            #expect(plan.status == 0, "\(plan.stderr)")
            let planned =
                "ACL of the user \(colleague.email): would lose its last peer group, and without any see every"
            #expect(plan.stdout.contains(planned), "\(plan.stdout)")

            let run = try plane.program("run", "feed.csv", ["--no-apply", "--summary"])
            #expect(run.status == 0, "\(run.stderr)")
            #expect(run.stdout.contains("Kept restricted, so that nobody gains access: "), "\(run.stdout)")
            #expect(run.stdout.contains("1 ACL given the empty group"))
            let line = run.log.filter { $0.contains("kept restricted: ACL of the user \(colleague.email): lost its") }
            #expect(line.count == 1 && line[0].contains(gone.email), "\(run.log)")
        }
    }
}
