"""The program, spoilt against every rule: what it asks for is changed on the way to the engine."""

# mypy: allow-untyped-calls

from typing import Any

import pulumi
import pulumi_aws as aws

from infra.start import main

OTHER_IMAGE = "ami-0123456789abcdef0"


def spoil(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    """What one resource is changed to, if it is."""
    props: dict[str, Any] = dict(args.props)
    opts = args.opts
    match args.name:
        case "messaging-host-instance":
            props["metadata_options"] = aws.ec2.InstanceMetadataOptionsArgs(http_tokens="optional")
            props["root_block_device"] = aws.ec2.InstanceRootBlockDeviceArgs(encrypted=False, volume_size=200)
            props["tags"] = {"wickr:role": "messaging"}
            opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(protect=False))
        case "calling-host-instance":
            props["ami"] = OTHER_IMAGE
        case "messaging-firewall-in-ssh-198.51.100.64-26":
            props["cidr_ipv4"] = "0.0.0.0/0"
        case "calling-firewall-in-media-0.0.0.0-0":
            props["to_port"] = 17384
        case "messaging-firewall-out-80":
            props["to_port"] = 81
        case "messaging-replicated-ready":
            props["create"] = pulumi.Output.secret("bash -s -- --token 1234567890abcdef")
        case "messaging-replicated-install":
            props["stdin"] = pulumi.Output.unsecret(LICENSE)
        case _:
            return None
    return pulumi.ResourceTransformationResult(props, opts)


LICENSE = pulumi.Config("wickr").require_secret("license")

pulumi.runtime.register_stack_transformation(spoil)
# The rules see the stack's own keys. The program is shown another one, so that it makes an online stack's ways out.
pulumi.runtime.set_config("wickr:installer", '{"source": "online"}')
main()
untagged = aws.Provider("untagged", region=pulumi.Config("aws").require("region"))
aws.ec2.SecurityGroupRule(
    "old-rule",
    type="ingress",
    protocol="tcp",
    from_port=22,
    to_port=22,
    cidr_blocks=["10.0.0.0/8"],
    security_group_id="sg-0123456789abcdef0",
    opts=pulumi.ResourceOptions(provider=untagged),
)
aws.s3.Bucket("open-bucket", opts=pulumi.ResourceOptions(provider=untagged))
pulumi.export("licence", pulumi.Output.unsecret(LICENSE))
