"""Hosts hold people's messages: their metadata service, their disks, and what keeps them from being lost."""

from collections.abc import Iterator
from typing import Any

from policy.graph import INSTANCE, Resource, bare
from policy.rule import Rule

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
VOLUME = "aws:ebs/volume:Volume"
VAULT = "aws:backup/vault:Vault"
ALWAYS_ENCRYPTED = (VOLUME, "aws:efs/fileSystem:FileSystem", "aws:ebs/snapshotCopy:SnapshotCopy")
KEPT_AS_THEY_ARE = ("ami", "userData")
"""Inputs of a host that count when it is made and never again: a change of either would replace or restart it."""


def _old_metadata(resource: Resource) -> Iterator[str]:
    if resource.type in (INSTANCE, TEMPLATE) and resource.at("metadataOptions.httpTokens") != "required":
        yield (
            "answers requests for instance metadata without a token; set metadataOptions.httpTokens to required, "
            "or whoever can make the host send a request reads its role's keys"
        )


def _plain_volumes(resource: Resource) -> Iterator[str]:
    if resource.type == INSTANCE:
        if resource.at("rootBlockDevice.encrypted") is not True:
            yield "has a root volume that is not encrypted; set rootBlockDevice.encrypted"
        for number, each in enumerate(resource.at("ebsBlockDevices") or []):
            if not _encrypted(each):
                yield f"has a volume that is not encrypted; set ebsBlockDevices[{number}].encrypted"
    if resource.type == TEMPLATE:
        for number, each in enumerate(resource.at("blockDeviceMappings") or []):
            if not _encrypted(bare(each).get("ebs")):
                yield f"has a volume that is not encrypted; set blockDeviceMappings[{number}].ebs.encrypted"
    if resource.type in ALWAYS_ENCRYPTED and resource.at("encrypted") is not True:
        yield "is not encrypted; set encrypted"


def _encrypted(device: Any) -> bool:
    # A launch template says it as a text.
    return str(bare((bare(device) or {}).get("encrypted"))).lower() == "true"


def _unguarded(resource: Resource) -> Iterator[str]:
    if resource.type in (INSTANCE, VOLUME) and not resource.protect:
        yield "is not protected: an update that replaces it would delete it; keep wickr:protectHosts true"
    if resource.type == VAULT and resource.at("forceDestroy"):
        yield "takes all backups with it when it goes; take forceDestroy out"
    if resource.type != INSTANCE:
        return
    if resource.at("disableApiTermination") is not True:
        yield "can be terminated by anybody with the right to; keep wickr:protectHosts true"
    if resource.at("rootBlockDevice.deleteOnTermination") is not False:
        yield "loses its root volume, and with it all messages, when it goes; set deleteOnTermination to false"
    for key in KEPT_AS_THEY_ARE:
        if key not in resource.ignored:
            yield f"would be replaced or restarted by another {key}; put it into ignoreChanges"


IMDS_V2 = Rule(name="imds-v2", what="Instance metadata needs a token (IMDSv2).", each=_old_metadata)
ENCRYPTED_VOLUMES = Rule(name="encrypted-volumes", what="Every volume is encrypted.", each=_plain_volumes)
GUARDED_DATA = Rule(
    name="guarded-data",
    what="No update, no typing error and no termination loses a host, a volume or a backup that holds data. Only a "
    "deployment that removes an installation on purpose is done without this rule.",
    each=_unguarded,
)
