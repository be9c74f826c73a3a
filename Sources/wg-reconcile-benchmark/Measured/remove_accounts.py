"""Removes accounts one by one, as a script beside the application would: remove_accounts.py DATABASE FEED COUNT

Prints the milliseconds that the removal took. Sessions are decoded for each account, as the application's own endpoint
does it.
"""
import base64
import csv
import json
import sqlite3
import sys
import time
import zlib


def owner(session_data):
    payload = session_data.rsplit(":", 2)[0]
    compressed = payload.startswith(".")
    payload = payload.lstrip(".")
    data = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    return json.loads(zlib.decompress(data) if compressed else data).get("_auth_user_id")


def remove(database, email):
    with database:
        for (uuid,) in database.execute(
            "SELECT uuid FROM wireguard_wireguardinstance WHERE name = ?", (email,)
        ).fetchall():
            peers = database.execute(
                "SELECT uuid FROM wireguard_peer WHERE wireguard_instance_id = ?", (uuid,)
            ).fetchall()
            for table in (
                "wireguard_peerstatus", "wireguard_peerallowedip", "vpn_invite_peerinvite", "wireguard_peergroup_peer",
                "firewall_firewallrule_source_peer", "firewall_firewallrule_destination_peer", "firewall_redirectrule",
            ):
                database.executemany(f"DELETE FROM {table} WHERE peer_id = ?", peers)
            database.execute("DELETE FROM firewall_redirectrule WHERE wireguard_instance_id = ?", (uuid,))
            database.execute("DELETE FROM wireguard_peer WHERE wireguard_instance_id = ?", (uuid,))
            database.execute(
                "DELETE FROM wireguard_peergroup_server_instance WHERE wireguardinstance_id = ?", (uuid,))
            database.execute("DELETE FROM wireguard_wireguardinstance WHERE uuid = ?", (uuid,))
        for (uuid,) in database.execute(
            "SELECT uuid FROM wireguard_peergroup WHERE name = ?", (email + "_group",)
        ).fetchall():
            for table in (
                "wireguard_peergroup_peer", "wireguard_peergroup_server_instance", "user_manager_useracl_peer_groups",
            ):
                database.execute(f"DELETE FROM {table} WHERE peergroup_id = ?", (uuid,))
            database.execute("DELETE FROM wireguard_peergroup WHERE uuid = ?", (uuid,))
        for (user,) in database.execute("SELECT id FROM auth_user WHERE email = ?", (email,)).fetchall():
            database.execute(
                "DELETE FROM user_manager_useracl_peer_groups WHERE useracl_id IN "
                "(SELECT uuid FROM user_manager_useracl WHERE user_id = ?)", (user,))
            sessions = database.execute("SELECT session_key, session_data FROM django_session").fetchall()
            for key, data in sessions:
                if str(owner(data)) == str(user):
                    database.execute("DELETE FROM django_session WHERE session_key = ?", (key,))
            for table, column, parent in (
                ("account_emailconfirmation", "email_address_id", "account_emailaddress"),
                ("socialaccount_socialtoken", "account_id", "socialaccount_socialaccount"),
            ):
                database.execute(
                    f"DELETE FROM {table} WHERE {column} IN (SELECT id FROM {parent} WHERE user_id = ?)", (user,))
            for table in (
                "user_manager_useracl", "user_manager_authenticationtoken", "auth_user_groups",
                "auth_user_user_permissions", "django_admin_log", "account_emailaddress", "socialaccount_socialaccount",
            ):
                database.execute(f"DELETE FROM {table} WHERE user_id = ?", (user,))
            database.execute("DELETE FROM auth_user WHERE id = ?", (user,))


with open(sys.argv[2], newline="", encoding="utf-8") as feed:
    emails = [row["email"] for row in csv.DictReader(feed)][: int(sys.argv[3])]
connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA foreign_keys = ON")
start = time.monotonic()
for address in emails:
    remove(connection, address)
print((time.monotonic() - start) * 1000)
