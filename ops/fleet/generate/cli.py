"""A fleet for other engines: generated from the same stack files. docs/fleets.md says when to use which."""

import json
from typing import Annotated, Literal

import typer
import yaml

from ops import checkout, screen
from ops.checkout import HERE
from ops.fleet import choice
from ops.fleet.generate import deployments as pulumi_deployments
from ops.fleet.generate import matrix as ci_matrix
from ops.fleet.generate import operator as kubernetes
from ops.fleet.generate.member import Member, members
from ops.fleet.options import Canary, Stacks, Tags

app = typer.Typer(help=__doc__, no_args_is_help=True)

Repository = Annotated[str, typer.Option(help="Where this checkout is kept: a URL, or owner/name on GitHub.")]
Branch = Annotated[str, typer.Option(help="The branch that is deployed.")]
ROLE = "The role to deploy with; {stack}, {region} and {account} stand for each stack's."


@app.command()
def matrix(
    stacks: Stacks = None,
    tag: Tags = None,
    canary: Canary = None,
    system: Annotated[Literal["github", "gitlab"], typer.Option("--for", help="Which CI system.")] = "github",
    operation: Annotated[Literal["preview", "up"], typer.Option(help="What GitLab's jobs do.")] = "preview",
    role: Annotated[str | None, typer.Option(help=f"GitLab: {ROLE}")] = None,
    image: Annotated[str, typer.Option(help="GitLab: the image of the jobs.")] = ci_matrix.IMAGE,
) -> None:
    """Matrices for GitHub Actions as one line of JSON, or a child pipeline for GitLab CI."""
    found = _members(stacks, tag, canary)
    if system == "github":
        print(json.dumps(ci_matrix.github(found), separators=(",", ":")))
    else:
        print(yaml.safe_dump(ci_matrix.gitlab(found, operation, role, image), sort_keys=False), end="")


@app.command()
def deployments(
    repository: Repository,
    role: Annotated[str, typer.Option(help=ROLE)],
    stacks: Stacks = None,
    tag: Tags = None,
    branch: Branch = "main",
    agent_pool: Annotated[
        str | None, typer.Option(help="The pool of your own agents, which can reach the hosts.")
    ] = None,
) -> None:
    """Settings for Pulumi Deployments, as files beside the stack files."""
    source = pulumi_deployments.Source(repository=repository, branch=branch)
    for path in pulumi_deployments.write(_members(stacks, tag, None), source, role, agent_pool, checkout.folder()):
        screen.out.print(f"{path.relative_to(HERE)} written", markup=False)


@app.command()
def operator(
    repository: Repository,
    backend: Annotated[str, typer.Option(help="Where the states are: https://api.pulumi.com, s3://…")],
    stacks: Stacks = None,
    tag: Tags = None,
    canary: Canary = None,
    branch: Branch = "main",
    organization: Annotated[
        str, typer.Option(help="The owner of the stacks; other back ends than a service have one.")
    ] = "organization",
    namespace: Annotated[str, typer.Option(help="Of the resources in Kubernetes.")] = "wickr",
    service_account: Annotated[
        str, typer.Option(help="Whose identity the workspaces have, for AWS as well.")
    ] = "pulumi",
) -> None:
    """Stack resources for the Pulumi Kubernetes operator, as YAML on standard output."""
    cluster = kubernetes.Cluster(
        namespace=namespace, service_account=service_account, backend=backend, organization=organization
    )
    found = kubernetes.stacks(_members(stacks, tag, canary), cluster, repository, branch)
    print(yaml.safe_dump_all(found, sort_keys=False, explicit_start=True), end="")


def _members(stacks: list[str] | None, tags: list[str] | None, canary: list[str] | None) -> list[Member]:
    files = choice.chosen(stacks or [], tags or [], checkout.stack_files())
    return members(files, choice.canaries(canary or [], files), HERE)
