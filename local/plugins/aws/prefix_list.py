"""Prefix lists: networks under one name, for rules and routes with many of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from local.plugins.aws import checks, tags
from local.plugins.aws.cloud import client, patiently, unless_gone
from local.plugins.aws.shape import aws_resource
from local.plugins.framework import (
    INTEGER,
    Field,
    ListOf,
    Object,
    Problem,
    Property,
    Request,
    Values,
    between,
    one_of,
    outputs,
)


def entries(values: Mapping[str, Property]) -> Iterator[Problem]:
    """Every entry is a network of the list's family, once, and there are no more than there may be."""
    given, most, family = values.get("entries"), values.get("maxEntries"), values.get("addressFamily")
    if not isinstance(given, list):
        return
    networks = [entry.get("cidr") for entry in given if isinstance(entry, dict)]
    known = [network for network in networks if isinstance(network, str)]
    if isinstance(most, int) and len(given) > most:
        yield Problem("entries", f"must be at most {most} (maxEntries), not {len(given)}")
    for network in sorted({network for network in known if known.count(network) > 1}):
        yield Problem("entries", f"hold {network} more than once")
    check = checks.network_v4() if family == "IPv4" else checks.network_v6 if family == "IPv6" else None
    for network in known:
        if check is not None and (text := check(network)):
            yield Problem("entries", text)


def _rows(given: list[Values] | None) -> list[dict[str, str]]:
    return [
        {"Cidr": entry["cidr"], **({"Description": entry["description"]} if entry.get("description") else {})}
        for entry in given or []
    ]


def _entry(row: Mapping[str, str]) -> Values:
    text = row.get("Description")
    return {"cidr": row["Cidr"], **({"description": text} if text else {})}


def _create(request: Request) -> str:
    given = request.inputs
    answer = client("ec2", request).create_managed_prefix_list(
        PrefixListName=given["name"],
        AddressFamily=given["addressFamily"],
        MaxEntries=given["maxEntries"],
        Entries=_rows(given.get("entries")),
        TagSpecifications=tags.specification("prefix-list", tags.all_tags(request)),
    )
    return str(answer["PrefixList"]["PrefixListId"])


def _list(request: Request, id: str) -> Any:
    found = unless_gone(lambda: client("ec2", request).describe_managed_prefix_lists(PrefixListIds=[id]))
    rows = found["PrefixLists"] if found else []
    return rows[0] if rows and not rows[0]["State"].startswith("delete") else None


def _describe(request: Request, id: str) -> Values | None:
    found = _list(request, id)
    if found is None:
        return None
    rows = client("ec2", request).get_managed_prefix_list_entries(PrefixListId=id)["Entries"]
    return {
        "arn": found["PrefixListArn"],
        "name": found["PrefixListName"],
        "addressFamily": found["AddressFamily"],
        "maxEntries": found["MaxEntries"],
        "entries": [_entry(row) for row in rows],
        "ownerId": found["OwnerId"],
        "version": found["Version"],
        "tags": found.get("Tags", []),
    }


def _update(request: Request) -> None:
    most, before = request.inputs["maxEntries"], request.state["maxEntries"]
    if most > before:
        _resize(request)  # room first, then what needs it
    if request.changed("name", "entries"):
        _refill(request)
    if most < before:
        _resize(request)


def _resize(request: Request) -> None:
    most = request.inputs["maxEntries"]
    client("ec2", request).modify_managed_prefix_list(PrefixListId=request.id, MaxEntries=most)


def _refill(request: Request) -> None:
    before, after = _rows(request.state.get("entries")), _rows(request.inputs.get("entries"))
    change: dict[str, Any] = {"PrefixListName": request.inputs["name"]}
    gone = [{"Cidr": row["Cidr"]} for row in before if row not in after]
    fresh = [row for row in after if row not in before]
    if gone or fresh:
        version = _list(request, request.id)["Version"]
        change |= {"CurrentVersion": version, "AddEntries": fresh, "RemoveEntries": gone}
    client("ec2", request).modify_managed_prefix_list(PrefixListId=request.id, **change)


def _delete(request: Request) -> None:
    patiently(request, lambda: client("ec2", request).delete_managed_prefix_list(PrefixListId=request.id))


PREFIX_LIST = aws_resource(
    "aws:ec2/managedPrefixList:ManagedPrefixList",
    inputs=(
        Field("name", computed=True, named=True, check=checks.words(255)),
        Field("addressFamily", required=True, replaces=True, check=one_of("IPv4", "IPv6")),
        Field("maxEntries", INTEGER, required=True, check=between(1, 1000)),
        Field(
            "entries",
            ListOf(
                Object((Field("cidr", required=True), Field("description", check=checks.words(255)))), unordered=True
            ),
            computed=True,
        ),
    ),
    outputs=outputs("arn", "ownerId", "version"),
    create=_create,
    describe=_describe,
    update=_update,
    delete=_delete,
    rules=(entries,),
)
