"""`new` on the command line: every answer is a flag; what is missing and has no default is asked for on a terminal."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer

from guide.calls import DEFAULT_MAX_CALLS
from infra import names
from ops import checkout, screen, stack_file
from ops.checkout import OpsError
from ops.new import write
from ops.new.customer import Calls, Customer, Existing, free_network
from ops.upload import keys

Many = list[str] | None


def new(
    customer: Annotated[str, typer.Argument(help="The name of the stack: small letters, digits, hyphens.")],
    hostname: Annotated[str | None, typer.Option(help="The DNS name that clients use. Asked for.")] = None,
    admin: Annotated[Many, typer.Option(help="A network for SSH and the installer; repeatable. Asked for.")] = None,
    region: Annotated[str | None, typer.Option(help="The AWS region. Asked for.")] = None,
    image: Annotated[str | None, typer.Option(help="The machine image, ami-…, of that region. Asked for.")] = None,
    users: Annotated[int, typer.Option(help="How many people will use it; sizes the disk.")] = 200,
    gb_per_user: Annotated[int, typer.Option(help="Files that a user keeps, 1 to 5 GB (IG 3.1).")] = 3,
    client: Annotated[Many, typer.Option(help="A network that clients come from; repeatable. [default: all]")] = None,
    network: Annotated[str | None, typer.Option(help="The block of a new VPC. [default: the next free one]")] = None,
    vpc: Annotated[str | None, typer.Option(help="A VPC that is there, instead of a new one.")] = None,
    public_subnet: Annotated[Many, typer.Option(help="A public subnet of it; repeatable.")] = None,
    private_subnet: Annotated[Many, typer.Option(help="A private subnet of it; repeatable.")] = None,
    airgap: Annotated[
        Path | None,
        typer.Option(help="Without internet: a file of what `./wickr upload` printed; no public address."),
    ] = None,
    private: Annotated[bool, typer.Option("--private", help="No public address: hosts in a private subnet.")] = False,
    instance_type: Annotated[str, typer.Option(help="At least 2 vCPU and 8 GiB (IG 3.1).")] = "t3.large",
    calls: Annotated[str | None, typer.Option(help="The DNS name of a voice and video host, if there is one.")] = None,
    max_calls: Annotated[int, typer.Option(help="Calls at once (IG 6.4).")] = DEFAULT_MAX_CALLS,
    compliance: Annotated[
        str | None, typer.Option(help="The image of a compliance bot, by a version, if wanted.")
    ] = None,
    own_key: Annotated[
        bool, typer.Option("--own-key", help="A key of the stack's own for all disks; decided before the first host.")
    ] = False,
    certificate: Annotated[Literal["issued", "installer"], typer.Option(help="Who issues the certificate.")] = "issued",
    account: Annotated[Many, typer.Option(help="An AWS account that may be deployed to; repeatable.")] = None,
    tag: Annotated[Many, typer.Option(help="NAME=TEXT on everything in AWS; repeatable.")] = None,
    secrets_provider: Annotated[str | None, typer.Option(help="Who keeps the key of secrets: awskms://…")] = None,
) -> None:
    """Write the stack file of a new customer, right from the start but for the licence, and say what is left to do."""
    files = checkout.stack_files()
    if customer in files:
        raise OpsError(f"there is a stack {customer} already, and it stays as it is; choose another name, or edit it")
    made = Customer(
        name=customer,
        hostname=_given("--hostname", hostname, "DNS name that clients use", names.host_name),
        admins=_admins(admin),
        region=_given("--region", region, "AWS region"),
        image=_given("--image", image, "machine image (ami-…)"),
        clients=tuple(client or ["0.0.0.0/0"]),
        network=_network(network, vpc, public_subnet, private_subnet, private, offline=airgap is not None),
        users=users,
        gb_per_user=gb_per_user,
        instance_type=instance_type,
        calls=Calls(hostname=calls, most=max_calls) if calls else None,
        bot=compliance,
        airgap=keys.read(airgap) if airgap else None,
        own_key=own_key,
        certificate=certificate,
        accounts=tuple(account or ()),
        tags=dict(_tag(each) for each in tag or ()),
    )
    path = write.write(made)
    screen.out.print(f"[green]{path.relative_to(checkout.HERE)} written[/green]. Left to do:")
    for number, step in enumerate(write.left_to_do(made, secrets_provider), start=1):
        screen.out.print(f"  {number}. {step}", markup=False)


def _given(flag: str, value: str | None, what: str, valid: Callable[[str], str] = str) -> str:
    """A flag's value, or the answer of a person who is there; asked again until it will do."""
    if value is not None:
        return value
    if not sys.stdin.isatty():
        raise OpsError(f"{flag} is missing: the {what}")
    while True:
        answer = str(typer.prompt(f"{what[0].upper()}{what[1:]}")).strip()
        try:
            return valid(answer)
        except ValueError as error:
            screen.problem(str(error))


def _admins(given: Many) -> tuple[str, ...]:
    if given:
        return tuple(given)
    return (_given("--admin", None, "network of administrators, such as 203.0.113.0/28", names.admin_block),)


def _network(
    block: str | None, vpc: str | None, public: Many, private: Many, alone: bool, offline: bool
) -> str | Existing:
    if (alone or offline) and not (vpc and private):
        flag = "--airgap" if offline else "--private"
        raise OpsError(f"{flag} needs --vpc and --private-subnet: the hosts are reached by that VPC's own ways in")
    if vpc is None and (public or private):
        raise OpsError("--public-subnet and --private-subnet are those of a VPC that is there: name it by --vpc")
    if vpc is not None and block is not None:
        raise OpsError("--network makes a new VPC, --vpc names one that is there: give one of the two")
    if vpc is not None:
        return Existing(
            vpc=vpc, public_subnets=tuple(public or ()), private_subnets=tuple(private or ()), private=alone or offline
        )
    return block or free_network(stack_file.read(*each) for each in checkout.stack_files().items())


def _tag(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not (key and sign):
        raise OpsError(f"--tag {text}: write NAME=TEXT, for example owner=messaging-team")
    return key, value
