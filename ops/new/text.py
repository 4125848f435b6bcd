"""The stack file of a new customer as text: every key that somebody may want to change, with what it is for."""

import json
import re
import textwrap
from collections.abc import Iterable

import yaml

from ops.new.customer import Customer, Existing

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9./_-]*|[0-9.]+/[0-9]+")
WORDS = re.compile(r"(?i)(true|false|null|yes|no|on|off|y|n)")


def stack_file(customer: Customer) -> str:
    """The whole file. Secrets come later, by commands that encrypt them."""
    return f"""\
# yaml-language-server: $schema=../docs/stack.schema.json
# {customer.name}: a messaging server for {customer.users:,} users. All keys: docs/configuration.md
# The licence is not here: pulumi config set --secret license "$(base64 -w0 license.rli)" --stack {customer.name}
config:
  aws:region: {_scalar(customer.region)}
{_accounts(customer)}
  # The name that clients use and that the certificate carries (IG 4.4.1).
  wickr:hostname: {_scalar(customer.hostname)}

  # Who may use SSH (22) and the installer (8800): never everybody (IG 3.1.2). The machine that runs Pulumi is inside.
  wickr:adminCidrs:
{_list(customer.admins)}

  # Who may use Wickr (443): the guide's "ALL".
  wickr:clientCidrs:
{_list(customer.clients)}

{_network(customer)}

  wickr:messaging:
    # Counts when the host is made, or rebuilt: another one here replaces nothing.
    imageId: {_scalar(customer.image)}
    # At least 2 vCPU and 8 GiB (IG 3.1).{_larger(customer)}
    instanceType: {_scalar(customer.instance_type)}
    # GiB: {customer.disk_arithmetic}.
    # It can grow, and never shrink.
    diskGiB: {customer.disk}
{_calling(customer)}{_compliance(customer)}{_encryption(customer)}
{_installer(customer)}
  # issued: by a CA of this installation; installer: by the vendor's script; provided: yours, with chainPem and, by
  # pulumi config set --secret --path certificate.privateKeyPem, its key.
  wickr:certificate:
    source: {_scalar(customer.certificate)}
{_tags(customer)}"""


def _scalar(value: str) -> str:
    """A text so that YAML reads a text."""
    return value if PLAIN.fullmatch(value) and not WORDS.fullmatch(value) else json.dumps(value, ensure_ascii=False)


def _list(values: Iterable[str], indent: str = "    ") -> str:
    return "\n".join(f"{indent}- {_scalar(each)}" for each in values)


def _accounts(customer: Customer) -> str:
    if not customer.accounts:
        return ""
    entries = "\n".join(f"    - {json.dumps(each)}" for each in customer.accounts)
    return f"  # Any other account is refused, whatever credentials are at hand.\n  aws:allowedAccountIds:\n{entries}\n"


def _network(customer: Customer) -> str:
    network = customer.network
    if isinstance(network, Existing):
        where = "private subnet, without public addresses" if network.private else "public subnet"
        lines = [f"  # A VPC that is there; hosts stand in the first {where}."]
        lines += ["  wickr:network:", f"    vpcId: {_scalar(network.vpc)}"]
        groups = {"publicSubnetIds": network.public_subnets, "privateSubnetIds": network.private_subnets}
        for key, subnets in groups.items():
            lines += [f"    {key}:", _list(subnets, "      ")] if subnets else []
        lines += ["    publicAddresses: false"] if network.private else []
        return "\n".join(lines)
    return (
        "  # A VPC of its own in two zones, with a block that no other stack of this project has.\n"
        f"  wickr:network:\n    cidr: {_scalar(network)}"
    )


def _calling(customer: Customer) -> str:
    if customer.calls is None:
        return ""
    return (
        "\n  # Voice and video on a host of its own (IG 3.2); each call takes two UDP ports from 16384 on (IG 6.4).\n"
        f"  wickr:calling:\n    hostname: {_scalar(customer.calls.hostname)}\n    maxCalls: {customer.calls.most}\n"
    )


def _compliance(customer: Customer) -> str:
    if customer.bot is None:
        return ""
    return (
        "\n  # The compliance bot on a host of its own, in a private subnet (CG 2). Until its configuration is named\n"
        "  # here (secretArn, bucket, key: see nextSteps), the host is prepared and no bot runs.\n"
        f"  wickr:compliance:\n    image: {_scalar(customer.bot)}\n"
        f"    # GiB: {customer.archive_arithmetic}. It can grow, and never shrink.\n    dataGiB: {customer.archive}\n"
    )


def _encryption(customer: Customer) -> str:
    if not customer.own_key:
        return ""
    return (
        "\n  # All disks are under a key of this stack's own, which KMS rotates, and so are their backups. A disk has\n"
        "  # its key for life: a host that is there keeps the one that it has.\n"
        "  wickr:encryption:\n    ownKey: true\n"
    )


def _installer(customer: Customer) -> str:
    release = f"""\
    # Which releases of Wickr this is for: guide (IG 3.1.1), "6.26" and later, or "6.32" and later.
    release: {json.dumps(str(customer.release))}
"""
    if customer.airgap is None:
        return f"  wickr:installer:\n    source: online\n{release}"
    files = yaml.safe_dump({"airgap": dict(customer.airgap)}, sort_keys=False, width=110)
    return (
        "  # Without internet, from a bucket of the same region (IG 4.2), as `./wickr upload` says: docs/airgap.md.\n"
        f"  wickr:installer:\n    source: airgap\n{textwrap.indent(files, '    ')}{release}\n"
        "  # Hosts reach each other and these objects, and nothing else.\n"
        "  wickr:egress: none\n"
    )


def _larger(customer: Customer) -> str:
    return " More users than the table is meant for: ask the vendor for its sizes." if customer.beyond_the_table else ""


def _tags(customer: Customer) -> str:
    if not customer.tags:
        return ""
    entries = (f"    {_scalar(key)}: {_scalar(text)}\n" for key, text in customer.tags.items())
    return f"\n  wickr:tags:\n{''.join(entries)}"
