"""What scanners find and this project accepts, each with its reason. A finding that is not here fails, and so does one
that is here and is found no more.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

Finding = tuple[str, str]
"""A scanner's check, and the resource by its name in the program."""

ACCOUNT = "the account"
"""Whose everything is that belongs to no resource of the stack."""


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """Findings of one check that stay."""

    check: str
    at: Collection[str]
    reason: str

    @property
    def findings(self) -> set[Finding]:
        return {(self.check, name) for name in self.at}


def objections(found: Iterable[Finding], accepted: Iterable[Accepted]) -> list[str]:
    """What is found and not accepted, and what is accepted and not found."""
    there = set(found)
    allowed = {finding for each in accepted for finding in each.findings}
    return [
        *(f"{check} at {name}: mend it, or accept it with a reason" for check, name in sorted(there - allowed)),
        *(f"{check} at {name}: found no more; accept it no longer" for check, name in sorted(allowed - there)),
    ]


HOSTS = ("messaging-host-instance", "calling-host-instance", "compliance-host-instance")

MONITORED = "detailed monitoring costs by the host; the alarms go by status checks, which come every minute without it"
LOGS_KEY = (
    "CloudWatch encrypts every group; a key of one's own needs a policy that lets the region's service use it, and in "
    "these logs is who talked to whom and how hosts fare, not what people say"
)
LOGS_KEPT = (
    "90 days unless the stack says more: they name people's addresses; retentionDays of monitoring.flowLogs and of "
    "monitoring.vitals keep them as long as somebody's rules want"
)
LOG_GROUPS = ("flow-logs-group", "host-logs-group")
TOPIC = "CloudWatch may not use AWS's own key for topics, and what goes there are the names of alarms"
"""Reasons that hold for both scanners."""

CHECKOV = [
    Accepted(
        check="CKV_AWS_126",
        at=[*HOSTS, "calling-host-instance-1"],
        reason=MONITORED,
    ),
    Accepted(
        check="CKV_AWS_135",
        at=[*HOSTS, "calling-host-instance-1"],
        reason="every type that is large enough is EBS-optimized by itself; only older ones have to be told",
    ),
    Accepted(
        check="CKV_AWS_158",
        at=LOG_GROUPS,
        reason=LOGS_KEY,
    ),
    Accepted(
        check="CKV_AWS_338",
        at=LOG_GROUPS,
        reason=LOGS_KEPT,
    ),
    Accepted(
        check="CKV2_AWS_64",
        at=["key-key"],
        reason="KMS gives it the policy by which IAM decides; one that forgets somebody would lock it for good",
    ),
    Accepted(
        check="CKV_AWS_26",
        at=["alarms-topic"],
        reason=TOPIC,
    ),
    Accepted(
        check="CKV_AWS_166",
        at=["backup-vault"],
        reason="what is backed up keeps the key of its volume; the vault's own is for what has none, such as databases",
    ),
    Accepted(
        check="CKV2_AWS_9",
        at=["compliance-data-volume"],
        reason="the plan selects its host, and a backup of an instance has all volumes that are attached to it",
    ),
    Accepted(
        check="CKV_AWS_300",
        at=["snapshots-lifecycle"],
        reason="unfinished uploads are given up in the folder of the snapshots, and nobody may write beside it",
    ),
    Accepted(
        check="CKV_AWS_18",
        at=["snapshots-bucket"],
        reason="one role reaches it; its calls are in the account's trail, where the account has data events on, and a "
        "bucket for logs would be one more to close",
    ),
    Accepted(
        check="CKV_AWS_144",
        at=["snapshots-bucket"],
        reason="where people's messages are kept is decided by the region of the stack; a copy elsewhere is a person's "
        "decision",
    ),
    Accepted(
        check="CKV2_AWS_62",
        at=["snapshots-bucket"],
        reason="nothing waits for an object: Replicated itself tells of its snapshots",
    ),
    Accepted(
        check="CKV_AWS_24",
        at=["compliance-firewall-in-ssh-messaging"],
        reason="it lets the messaging host's group in and no network; the check takes a rule without one for open",
    ),
    Accepted(
        check="CKV2_AWS_11",
        at=["network-vpc"],
        reason="one of the examples turns flow logs off; by default they are on",
    ),
    Accepted(
        check="CKV2_AWS_5",
        at=["cluster-group"],
        reason="further nodes of a cluster will wear it, which this program does not make; rules refer to it already",
    ),
]
"""On the plans of the example customers."""

NOT_OF_A_STACK = (
    *(
        "backup_reportplans_exist",
        "ec2_ebs_default_encryption",
        "iam_check_saml_providers_sts",
        "vpc_different_regions",
    ),
    *("iam_securityaudit_role_created", "iam_support_role_created"),
    *(
        f"iam_password_policy_{rule}"
        for rule in (
            *("expires_passwords_within_90_days_or_less", "lowercase", "minimum_length_14", "number", "reuse_24"),
            *("symbol", "uppercase"),
        )
    ),
    *(f"cloudwatch_changes_to_{what}_alarm_configured" for what in ("network_acls", "network_gateways", "vpcs")),
    "cloudwatch_changes_to_network_route_tables_alarm_configured",
    *(
        f"cloudwatch_log_metric_filter_{what}"
        for what in (
            "and_alarm_for_aws_config_configuration_changes_enabled",
            "and_alarm_for_cloudtrail_configuration_changes_enabled",
            *("authentication_failures", "aws_organizations_changes", "disable_or_scheduled_deletion_of_kms_cmk"),
            *("for_s3_bucket_policy_changes", "policy_changes", "root_usage", "security_group_changes"),
            *("sign_in_without_mfa", "unauthorized_api_calls"),
        )
    ),
)
"""Checks of how an account is run: people's passwords, the trail of all calls, its reports, its other regions."""

DISKS = ("compliance-data-volume", *(f"the disk of {host}" for host in HOSTS))
PUBLIC = HOSTS[:2]

PROWLER = [
    *(
        Accepted(
            check=check, at=[ACCOUNT], reason="how an account is run is decided once, and not by each of its stacks"
        )
        for check in NOT_OF_A_STACK
    ),
    Accepted(
        check="ec2_ebs_snapshots_encrypted",
        at=[ACCOUNT],
        reason="the snapshot is the one behind the local cloud's image; the program makes none",
    ),
    *(
        Accepted(
            check=f"ec2_networkacl_allow_ingress_{ports}",
            at=["the network ACL of network-vpc", ACCOUNT],
            reason="AWS's own default, as of every VPC: the guide's table is kept by the security groups, which know "
            "connections; the account's own VPC has it, too",
        )
        for ports in ("any_port", "tcp_port_22", "tcp_port_3389")
    ),
    Accepted(
        check="backup_vaults_exist",
        at=[ACCOUNT],
        reason="there is one, and the check passes the plan in it; the local cloud's API does not tell all of a vault",
    ),
    Accepted(
        check="ec2_ebs_volume_protected_by_backup_plan",
        at=DISKS,
        reason="the plan selects the hosts, with all volumes; the local cloud's API does not say what is protected",
    ),
    Accepted(
        check="ec2_ebs_volume_snapshots_exists",
        at=DISKS,
        reason="the first night has not come yet, and the local cloud's API makes no backups then either",
    ),
    Accepted(check="ec2_instance_detailed_monitoring_enabled", at=HOSTS, reason=MONITORED),
    Accepted(
        check="ec2_instance_public_ip",
        at=PUBLIC,
        reason="clients anywhere reach them, as in the guide; network.publicAddresses: false is the other way",
    ),
    Accepted(
        check="ec2_instance_internet_facing_with_instance_profile",
        at=PUBLIC,
        reason="with the profile a host talks to session manager, and can do nothing else",
    ),
    Accepted(
        check="ec2_securitygroup_allow_ingress_from_internet_to_any_port",
        at=["messaging-firewall-group", "calling-firewall-group"],
        reason="the ports that the guide's tables open to clients, and clientCidrs says who they are",
    ),
    Accepted(
        check="ec2_instance_secrets_user_data",
        at=HOSTS,
        reason="the SSH host key, so that the first connection already knows the host; with it somebody can pass for "
        "the host before Pulumi, if they also sit in between. No other secret is in there: other tests look",
    ),
    Accepted(
        check="ec2_instance_managed_by_ssm",
        at=HOSTS,
        reason="hosts have what it takes; the local cloud's API has no Systems Manager that they could report to",
    ),
    Accepted(
        check="iam_role_cross_service_confused_deputy_prevention",
        at=["backup-role", *(f"{host.removesuffix('-instance')}-role" for host in HOSTS)],
        reason="both services take on roles that their own account handed them; that they send a source to compare "
        "is documented of neither",
    ),
    Accepted(
        check="vpc_endpoint_for_ec2_enabled",
        at=["network-vpc"],
        reason="hosts never call the API of EC2; an endpoint for it would be one way more",
    ),
    Accepted(check="cloudwatch_log_group_kms_encryption_enabled", at=LOG_GROUPS, reason=LOGS_KEY),
    Accepted(
        check="cloudwatch_log_group_retention_policy_specific_days_enabled",
        at=LOG_GROUPS,
        reason=LOGS_KEPT,
    ),
    Accepted(check="sns_topics_kms_encryption_at_rest_enabled", at=["alarms-topic"], reason=TOPIC),
]
"""On a deployment of all three hosts, in an account where nothing else is."""
