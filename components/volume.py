"""A data volume of its own, which outlives the instance that uses it."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

DEVICE_NAME = "/dev/sdf"
"""What AWS is told. The host does not go by it: it finds the volume by its id."""


@dataclass(frozen=True, kw_only=True)
class DataVolumeArgs:
    """`zone` is that of the host's subnet. `kms_key_arn` is the key of a volume that is made, None is AWS's own for
    the account. `protect` guards the volume against deletion.
    """

    name: str
    zone: pulumi.Input[str]
    size_gib: int
    instance_id: pulumi.Input[str]
    kms_key_arn: pulumi.Input[str] | None = None
    protect: bool


class DataVolume(pulumi.ComponentResource):
    """An encrypted volume, and its place at an instance.

    Another instance gets the same volume. Where the stack goes, the volume stays in AWS, as root volumes do: it holds
    messages.
    """

    volume_id: pulumi.Output[str]
    size_gib: pulumi.Output[int]

    def __init__(self, name: str, args: DataVolumeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wickr:volume:DataVolume", name, None, opts)
        volume = aws.ebs.Volume(
            f"{name}-volume",
            availability_zone=args.zone,
            size=args.size_gib,
            type="gp3",
            encrypted=True,
            kms_key_id=args.kms_key_arn,
            tags={"Name": args.name},
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                retain_on_delete=True,
                # Neither a zone that is listed anew nor another key may put an empty volume in the place of this one.
                ignore_changes=["availabilityZone", "kmsKeyId"],
            ),
        )
        attachment = aws.ec2.VolumeAttachment(
            f"{name}-attachment",
            device_name=DEVICE_NAME,
            instance_id=args.instance_id,
            volume_id=volume.id,
            # Pulled out from under a bot that writes, it would be as after a power cut.
            stop_instance_before_detaching=True,
            # A volume is at one instance at a time.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        # By way of the attachment: whoever looks for the volume on the host does so when it is there.
        self.volume_id = attachment.volume_id
        self.size_gib = volume.size
        self.register_outputs({})
