"""A key of the stack's own, under which its disks are written."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

DELETION_DAYS = 30
"""For how long a key that is deleted can be had back: the longest that KMS has."""


@dataclass(frozen=True, kw_only=True)
class StackKeyArgs:
    """`label` is the Name tag. `protect` guards the key against deletion."""

    label: str
    protect: bool


class StackKey(pulumi.ComponentResource):
    """A symmetric key that KMS rotates every year. Who may use it is IAM's to say, as with keys that the console makes.

    Where the stack goes the key stays, as the disks do that stay, and their backups: without it they are noise.
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: StackKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wickr:key:StackKey", name, None, opts)
        key = aws.kms.Key(
            f"{name}-key",
            description=f"Disks of {args.label}",
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_DAYS,
            tags={"Name": args.label},
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect, retain_on_delete=True),
        )
        self.arn = key.arn
        self.register_outputs({})
