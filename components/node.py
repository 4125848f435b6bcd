"""A further node of the cluster: a host that joins by itself (IG 4.5)."""

from dataclasses import dataclass

import pulumi

from components import bootstrap, machine, supply
from components.host import Access
from components.machine import MachineArgs
from components.proxy import Proxy, proxy_values
from components.supply import Supply
from installer import phase
from installer.airgap import ARCHIVE_FILE
from installer.arguments import join_flags


@dataclass(frozen=True, kw_only=True)
class NodeArgs:
    """`tag` is what the application places its components by. `key` is the node's group in the stack file. With a
    `supply` nothing comes from the vendor's servers, and `operator_url` is not asked.
    """

    access: Access
    machine: MachineArgs
    key: str
    tag: str
    daemon_address: pulumi.Output[str]
    cluster_token: pulumi.Output[str]
    operator_url: str
    proxy: Proxy | None
    supply: Supply | None


class Node(pulumi.ComponentResource):
    """The bootstrap of a node. It needs only to know where the daemon will be: it is built beside the messaging host,
    and its operator keeps trying until the daemon answers. After `ready` others may begin on the host, too.
    """

    ready: pulumi.Resource
    joined: pulumi.Resource

    def __init__(self, name: str, args: NodeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wickr:node:Node", name, None, opts)
        flags = pulumi.Output.all(args.daemon_address, args.access.private_address, args.access.public_address).apply(
            lambda known: "\n".join(
                join_flags(
                    tag=args.tag,
                    daemon_address=known[0],
                    private_address=known[1],
                    public_address=known[2],
                    airgap=args.supply is not None,
                )
            )
        )
        script: dict[str, pulumi.Input[str]] = {
            "INSTALLER_URL": args.operator_url,
            "URL_KEY": "installer.operatorUrl",
            "INSTALLER_SHA256": "",
            "ARCHIVE": ARCHIVE_FILE if args.supply else "",
            "SCRIPT": "operator_install.sh" if args.supply else "install.sh",
            "INSTALLER_FLAGS": flags,
            "SERVICES": machine.OPERATOR_SERVICES,
            "TOKEN": args.cluster_token,
            **proxy_values(args.proxy, args.daemon_address, args.access.private_address, args.access.public_address),
        }
        checks = machine.preflight_values(args.machine, key=args.key, services=machine.OPERATOR_SERVICES)
        self.ready = bootstrap.ready(name, access=args.access, parent=self)
        checked = bootstrap.run(name, phase.PREFLIGHT, checks, access=args.access, parent=self, after=[self.ready])
        open_ = bootstrap.run(
            name,
            phase.FIREWALL,
            machine.firewall_values(args.machine),
            access=args.access,
            parent=self,
            after=[checked],
        )
        last: pulumi.Resource = open_
        if args.supply:
            last = supply.bring(name, args.supply, access=args.access, parent=self, after=[last])
        self.joined = bootstrap.run(
            name,
            phase.JOIN,
            machine.install_values(args.machine, script),
            access=args.access,
            parent=self,
            after=[last],
            quiet=True,
        )
        self.register_outputs({})
