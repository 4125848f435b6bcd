"""A public address that stays: clients, DNS records and certificates know it."""

import pulumi
import pulumi_aws as aws


class PublicAddress(pulumi.ComponentResource):
    """An elastic IP, made before its host, so that the certificate and the host's bootstrap can name it."""

    address: pulumi.Output[str]
    allocation_id: pulumi.Output[str]

    def __init__(self, name: str, *, label: str, protect: bool, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wickr:address:PublicAddress", name, None, opts)
        elastic = aws.ec2.Eip(
            f"{name}-eip",
            domain="vpc",
            tags={"Name": label},
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        self.address = elastic.public_ip
        self.allocation_id = elastic.allocation_id
        self.register_outputs({})
