"""What the nodes of one Replicated cluster share on the network."""

import pulumi
import pulumi_aws as aws


class ClusterGroup(pulumi.ComponentResource):
    """The guide's "Internal Network" as a security group: whoever carries it is a node beside the messaging host.

    It holds no rule. It exists from the start, so that a node that joins later changes nothing on the others; while
    nobody carries it, what is open to it is open to nobody.
    """

    group_id: pulumi.Output[str]

    def __init__(
        self, name: str, *, label: str, vpc_id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("wickr:cluster:ClusterGroup", name, None, opts)
        group = aws.ec2.SecurityGroup(
            f"{name}-group",
            vpc_id=vpc_id,
            description="Wickr Enterprise: further nodes of the cluster",
            tags={"Name": f"{label}-cluster"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.group_id = group.id
        self.register_outputs({})
