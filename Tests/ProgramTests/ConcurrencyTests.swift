import Foundation
import GRDB
import SamplePlane
import TestSupport
import Testing

/// The web application keeps writing while accounts are removed.
@Suite(.enabled(if: BrokenBench.python != nil, "needs python3"))
struct ConcurrencyTests {
    /// Writes as Django does: each in a transaction of its own, foreign keys on, waiting up to 5 s. Half of what it
    /// writes belongs to accounts that the run removes. Tells what it wrote, and how long it had to wait.
    private static let writer = """
        import base64, json, os, random, sqlite3, sys, time, uuid, zlib
        path, stop, users, instances = sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), json.loads(sys.argv[4])
        db = sqlite3.connect(path, isolation_level=None, timeout=5)
        db.execute('PRAGMA foreign_keys = ON')
        dice = random.Random(5)
        def b64(data): return base64.urlsafe_b64encode(data).decode().rstrip('=')
        def session(user):
            text = json.dumps({'_auth_user_id': str(user), '_auth_user_hash': '0' * 64}).encode()
            body = '.' + b64(zlib.compress(text)) if dice.random() < 0.5 else b64(text)
            return body + ':1abcde:' + 'x' * 43
        now = '2025-06-03 00:00:00'
        longest, counts = 0.0, {'locked': 0, 'gone': 0, 'writes': 0}
        def write(*statements):
            global longest
            began = time.monotonic()
            try:
                db.execute('BEGIN')
                changed = [db.execute(sql, values).rowcount for sql, values in statements]
                db.execute('COMMIT')
                counts['writes'] += 1
                return changed[0] > 0
            except sqlite3.IntegrityError:
                counts['gone'] += 1
            except sqlite3.OperationalError as error:
                counts['locked'] += 1
                print('failed', error)
            finally:
                longest = max(longest, time.monotonic() - began)
                if db.in_transaction: db.execute('ROLLBACK')
            return False
        print('ready')
        while not os.path.exists(stop):
            user, instance = dice.choice(users), dice.choice(instances)
            key = uuid.uuid4().hex
            if write(('INSERT INTO django_session (session_key, session_data, expire_date) '
                      'SELECT ?, ?, ? WHERE EXISTS (SELECT 1 FROM auth_user WHERE id = ?)',
                      (key, session(user), '2099-01-01 00:00:00', user))):
                print('session', key, user)
            peer = uuid.uuid4().hex
            if write(('INSERT INTO wireguard_peer (name, public_key, pre_shared_key, persistent_keepalive, created, '
                      'updated, uuid, wireguard_instance_id, private_key, sort_order) '
                      'VALUES (?, ?, ?, 25, ?, ?, ?, ?, ?, 0)', ('new', peer, 'p', now, now, peer, instance, 'k')),
                     ('INSERT INTO wireguard_peerstatus (transfer_rx, transfer_tx, created, updated, uuid, peer_id) '
                      'VALUES (0, 0, ?, ?, ?, ?)', (now, now, uuid.uuid4().hex, peer))):
                print('peer', peer, instance)
            write(('UPDATE auth_user SET last_login = ? WHERE id = ?', (now, user)))
            write(('UPDATE wireguard_peerstatus SET transfer_rx = transfer_rx + 1 WHERE peer_id IN '
                   '(SELECT uuid FROM wireguard_peer WHERE wireguard_instance_id = ?)', (instance,)))
            time.sleep(dice.random() * 0.01)
        print('total', counts['writes'], counts['gone'], counts['locked'], int(longest * 1000))
        """

    @Test func `it never waits in vain, and nothing of a removed account stays`() throws {
        let template = try BrokenTemplate(accounts: 200, ending: runsLongTests ? 150 : 80, sessions: 600)
        try withBrokenBench(template) { bench in
            let accounts = template.ended + template.inventory.accounts.suffix(50)
            let stop = bench.folder + "/stop"
            let writer = try bench.startPython(
                Self.writer,
                [stop, Self.json(accounts.flatMap(\.userIDs)), Self.json(accounts.flatMap(\.instances).map(\.uuid))])
            let child = try #require(try bench.runUntil(.committed, 4, ["--commit-every", "5"]))
            // However fast or slow this machine is: part of what is written comes when some accounts are gone.
            try writer.waitUntilItHasWritten(lines: 40)
            child.resume()
            try child.wait()
            try Data().write(to: URL(filePath: stop))
            try writer.wait()

            #expect(child.state == .exited(1), "\(child.errors)")
            let lines = writer.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            let total = try #require(lines.last?.dropFirst().compactMap { Int($0) })
            try #require(total.count == 4, "\(writer.errors)")
            print(
                "the application's writer: \(total[0]) transactions, \(total[2]) found the database locked, the longest wait was \(total[3]) ms"
            )
            #expect(total[2] == 0, "\(writer.output.suffix(500))")

            let report = try bench.latestReport()
            #expect(report.gone == template.ended.count)
            try Self.expectOnlyTheOthers(bench, template, lines)
        }
    }

    private static func json(_ values: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(values), as: UTF8.self)
    }

    private static func expectOnlyTheOthers(
        _ bench: BrokenBench, _ template: BrokenTemplate, _ lines: [[String]]
    ) throws {
        let image = try bench.image()
        #expect(image.problems.isEmpty)
        let users = Set(template.ended.flatMap(\.userIDs).map(String.init))
        let instances = Set(template.ended.flatMap(\.instances).map(\.uuid))
        let sessions = (image.tables["django_session"] ?? []).joined()
        let peers = (image.tables["wireguard_peer"] ?? []).joined()
        let kept = (image.tables["auth_user"] ?? []).map { String($0.prefix { $0 != "," }) }
        #expect(users.isDisjoint(with: kept))
        #expect(!instances.contains { peers.contains($0) })
        var (gone, there) = (0, 0)
        for line in lines where line[0] == "session" {
            #expect(sessions.contains(line[1]) == !users.contains(line[2]), "session of user \(line[2])")
            if users.contains(line[2]) { gone += 1 } else { there += 1 }
        }
        for line in lines where line[0] == "peer" {
            #expect(peers.contains(line[1]) == !instances.contains(line[2]))
            if instances.contains(line[2]) { gone += 1 } else { there += 1 }
        }
        for key in template.ended.flatMap(\.userIDs).flatMap({ template.inventory.sessionKeysByUser[$0] ?? [] }) {
            #expect(!sessions.contains(key))
        }
        #expect(gone > 0 && there > 0)
    }
}
