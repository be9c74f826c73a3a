-- Everything that belongs to the accounts in one transaction, table by table: what SQLite needs for these rows at least.
BEGIN IMMEDIATE;
DELETE FROM wireguard_peerstatus WHERE peer_id IN (SELECT key FROM gone_peer);
DELETE FROM wireguard_peerallowedip WHERE peer_id IN (SELECT key FROM gone_peer);
DELETE FROM vpn_invite_peerinvite WHERE peer_id IN (SELECT key FROM gone_peer);
DELETE FROM wireguard_peergroup_peer WHERE peer_id IN (SELECT key FROM gone_peer);
DELETE FROM firewall_firewallrule_source_peer WHERE peer_id IN (SELECT key FROM gone_peer);
DELETE FROM firewall_firewallrule_destination_peer WHERE peer_id IN (SELECT key FROM gone_peer);
DELETE FROM firewall_redirectrule WHERE peer_id IN (SELECT key FROM gone_peer)
    OR wireguard_instance_id IN (SELECT key FROM gone_instance);
DELETE FROM wireguard_peer WHERE wireguard_instance_id IN (SELECT key FROM gone_instance);
DELETE FROM wireguard_peergroup_server_instance WHERE wireguardinstance_id IN (SELECT key FROM gone_instance);
DELETE FROM wireguard_wireguardinstance WHERE uuid IN (SELECT key FROM gone_instance);
DELETE FROM firewall_firewallrule_source_peer WHERE firewallrule_id IN (SELECT key FROM gone_rule);
DELETE FROM firewall_firewallrule_destination_peer WHERE firewallrule_id IN (SELECT key FROM gone_rule);
DELETE FROM firewall_firewallrule WHERE uuid IN (SELECT key FROM gone_rule);
DELETE FROM wireguard_peergroup_peer WHERE peergroup_id IN (SELECT key FROM gone_group);
DELETE FROM wireguard_peergroup_server_instance WHERE peergroup_id IN (SELECT key FROM gone_group);
DELETE FROM user_manager_useracl_peer_groups WHERE peergroup_id IN (SELECT key FROM gone_group);
DELETE FROM wireguard_peergroup WHERE uuid IN (SELECT key FROM gone_group);
DELETE FROM django_session WHERE session_key IN (SELECT key FROM gone_session);
DELETE FROM user_manager_useracl_peer_groups
    WHERE useracl_id IN (SELECT uuid FROM user_manager_useracl WHERE user_id IN (SELECT key FROM gone_user));
DELETE FROM user_manager_useracl WHERE user_id IN (SELECT key FROM gone_user);
DELETE FROM user_manager_authenticationtoken WHERE user_id IN (SELECT key FROM gone_user);
DELETE FROM auth_user_groups WHERE user_id IN (SELECT key FROM gone_user);
DELETE FROM auth_user_user_permissions WHERE user_id IN (SELECT key FROM gone_user);
DELETE FROM django_admin_log WHERE user_id IN (SELECT key FROM gone_user);
DELETE FROM account_emailconfirmation WHERE email_address_id IN (
    SELECT id FROM account_emailaddress WHERE user_id IN (SELECT key FROM gone_user));
DELETE FROM account_emailaddress WHERE user_id IN (SELECT key FROM gone_user);
DELETE FROM socialaccount_socialtoken WHERE account_id IN (
    SELECT id FROM socialaccount_socialaccount WHERE user_id IN (SELECT key FROM gone_user));
DELETE FROM socialaccount_socialaccount WHERE user_id IN (SELECT key FROM gone_user);
DELETE FROM auth_user WHERE id IN (SELECT key FROM gone_user);
COMMIT;
