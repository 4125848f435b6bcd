"""Backups of the hosts by AWS Backup: all their volumes at one moment, on a schedule, kept for a time."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.policy_document import trusting

SERVICE = "backup.amazonaws.com"
"""Who makes and restores them; the service is called so in every partition."""

POLICIES = ("AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForRestores")
"""AWS's own policies for the service's role, from the first word of their names to what they are for."""

START_MINUTES = 60
"""Within which a backup begins after its time."""

COMPLETION_MINUTES = 24 * 60
"""Within which it ends, or is given up: a first one copies a disk of hundreds of GiB."""


@dataclass(frozen=True, kw_only=True)
class BackupArgs:
    """`label` is the Name tag. `schedule` is a cron expression of AWS, in UTC. `instances` are ARNs of instances by the
    names of their hosts. `partition` and `permissions_boundary` are for the role that the service works with.
    """

    label: str
    schedule: str
    retention_days: int
    instances: Mapping[str, pulumi.Input[str]]
    partition: str
    permissions_boundary: str | None = None


class Backup(pulumi.ComponentResource):
    """A vault, a plan, and a selection for each host, so that a further host is one more and changes none.

    Where the stack goes, or no longer wants backups, the vault stays with what is in it, and with it the role, by
    which the service removes what is too old: backups are for the day on which something went that should not have.
    """

    def __init__(self, name: str, args: BackupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wickr:backup:Backup", name, None, opts)
        child, tags = pulumi.ResourceOptions(parent=self), {"Name": args.label}
        stays = pulumi.ResourceOptions(parent=self, retain_on_delete=True)
        vault = aws.backup.Vault(f"{name}-vault", force_destroy=False, tags=tags, opts=stays)
        role = aws.iam.Role(
            f"{name}-role",
            assume_role_policy=trusting(SERVICE),
            permissions_boundary=args.permissions_boundary,
            tags=tags,
            opts=stays,
        )
        may = [
            aws.iam.RolePolicyAttachment(
                f"{name}-{policy.rpartition('For')[2].lower()}",
                role=role.name,
                policy_arn=f"arn:{args.partition}:iam::aws:policy/service-role/{policy}",
                opts=stays,
            )
            for policy in POLICIES
        ]
        plan = aws.backup.Plan(
            f"{name}-plan",
            rules=[
                aws.backup.PlanRuleArgs(
                    rule_name="scheduled",
                    target_vault_name=vault.name,
                    schedule=args.schedule,
                    start_window=START_MINUTES,
                    completion_window=COMPLETION_MINUTES,
                    lifecycle=aws.backup.PlanRuleLifecycleArgs(delete_after=args.retention_days),
                )
            ],
            tags=tags,
            opts=child,
        )
        for host, arn in args.instances.items():
            aws.backup.Selection(
                f"{name}-{host}",
                plan_id=plan.id,
                iam_role_arn=role.arn,
                resources=[arn],
                opts=pulumi.ResourceOptions(parent=self, depends_on=may),
            )
        self.register_outputs({})
