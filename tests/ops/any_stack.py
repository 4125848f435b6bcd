"""Any stack that is right: a strategy for every key, and what makes keys agree with each other.

A key that is added has no entry in `KEYS`: a test fails until it has one.
"""

import functools
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from guide.releases import Release
from tests import certificates

CANARY = "canary"
"""In every encrypted value: whoever shows a piece of one is found by it."""

Values = dict[str, Any]
Strategy = SearchStrategy[Any]

label = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
domain = st.sampled_from(["example.com", "example.org", "chat.example.net"])
host_name = st.builds("{}.{}".format, label, domain)
hexadecimal = st.text("0123456789abcdef", min_size=17, max_size=17)
digest = st.text("0123456789abcdef", min_size=64, max_size=64)
image = hexadecimal.map("ami-{}".format)
encrypted = st.builds(lambda n: {"secure": f"v1:{CANARY}{n:08x}:{CANARY}"}, st.integers(0, 2**32 - 1))
whole = st.integers(0, 3)
systems = st.lists(st.sampled_from(["debian 11", "debian 12", "rhel 8", "ubuntu 16.04"]), max_size=3, unique=True)
text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
word = st.from_regex(r"[A-Za-z0-9_.:/=+@-]{1,12}", fullmatch=True)
url = st.builds("https://{}/{}".format, host_name, word.filter(lambda each: "@" not in each))
machines = st.sampled_from(["m5.large", "t3.large", "c5.xlarge", "r6i.2xlarge", "m7a.4xlarge", "g5.xlarge"])

PUBLIC = (*(f"203.0.113.{16 * n}/28" for n in range(16)), "198.51.100.0/25", "198.51.100.200/32", "192.0.2.0/24")
PRIVATE = ("10.200.0.0/16", "192.168.7.0/24", "172.16.0.0/16")
SIXTH = tuple(f"2001:db8:{n:x}::/48" for n in range(1, 7))
"""Blocks none of which lies inside another, nor in a network that a stack makes, nor in Docker's."""


def some(values: tuple[str, ...], *, least: int = 0, most: int = 5) -> Strategy:
    return st.lists(st.sampled_from(values), min_size=least, max_size=most, unique=True)


KEYS: dict[str, Strategy] = {
    "hostname": st.one_of(host_name, st.sampled_from(["203.0.113.100", "2001:db8::64"])),
    "adminCidrs": st.builds(lambda a, b: [*a, *b], some(PUBLIC, least=1), some(PRIVATE + SIXTH)),
    "clientCidrs": st.one_of(
        st.sampled_from([["0.0.0.0/0"], ["0.0.0.0/0", "::/0"]]),
        st.builds(lambda a, b: [*a, *b], some(PUBLIC, least=1), some(PRIVATE + SIXTH)),
    ),
    "network.cidr": st.builds(lambda a, bits: f"10.{a}.0.0/{bits}", st.integers(0, 99), st.integers(16, 24)),
    "network.vpcId": hexadecimal.map("vpc-{}".format),
    "network.publicSubnetIds": st.lists(hexadecimal.map("subnet-a{}".format), min_size=1, max_size=3, unique=True),
    "network.privateSubnetIds": st.lists(hexadecimal.map("subnet-b{}".format), min_size=1, max_size=3, unique=True),
    "network.publicAddresses": st.booleans(),
    "network.rulesPerGroup": st.integers(60, 200),
    "network.groupsPerInterface": st.just(5),
    "messaging.imageId": image,
    "messaging.instanceType": machines,
    "messaging.diskGiB": st.integers(120, 16384),
    "messaging.alsoAcceptOs": systems,
    "messaging.healthCheck": st.sampled_from(["deployer", "none", "bastion"]),
    "messaging.rebuild": whole,
    "calling.hostname": host_name.map("calls-{}".format),
    "calling.maxCalls": st.integers(1, 24575),
    "calling.imageId": image,
    "calling.instanceType": machines,
    "calling.diskGiB": st.integers(60, 16384),
    "calling.alsoAcceptOs": systems,
    "calling.rebuild": whole,
    "egress": st.sampled_from(["guide", "open", "proxy"]),
    "installer.source": st.sampled_from(["online", "online", "airgap"]),
    "installer.airgap.bucket": st.from_regex(r"[a-z][a-z0-9-]{1,20}[a-z0-9]", fullmatch=True),
    "installer.airgap.archive.key": st.sampled_from(["replicated.tar.gz", "611/replicated-2.44.2+2.44.2.tar.gz"]),
    "installer.airgap.archive.sha256": digest,
    "installer.airgap.bundle.key": st.sampled_from(["wickrenterprise-611.airgap", "a/b-1799.airgap", "c-1882.airgap"]),
    "installer.airgap.bundle.sha256": digest,
    "installer.airgap.docker[].key": st.sampled_from(["docker-ce_1.deb", "x/containerd.io_1.2.0_amd64.deb"]),
    "installer.airgap.docker[].sha256": digest,
    "installer.airgap.endpointId": st.from_regex(r"vpce-[0-9a-f]{17}", fullmatch=True),
    "installer.url": url,
    "installer.sha256": digest,
    "installer.docker": st.sampled_from(["script", "script", "preinstalled"]),
    "installer.dockerVersion": st.sampled_from(["1.13.1", "17.06.2", "18.09.2", "20.10.10", "24.0.2", "26.1.4"]),
    "installer.operatorUrl": url.map("{}/operator".format),
    "installer.release": st.sampled_from(["guide", "6.26", "6.32", 6.26, 6.32]),
    "installer.proxy": st.sampled_from(
        ["http://proxy.example.com:3128", "http://10.200.0.10:3128", "http://proxy.example.org:443"]
    ),
    "installer.proxyCredentials": encrypted,
    "installer.proxyCidrs": some(("198.51.100.240/28", "198.51.100.230/32", "2001:db8:f::/64"), least=1),
    "installer.noProxy": some((".corp.example.com", "192.0.2.7"), least=1),
    "installer.securityModule": st.sampled_from(["permissive", "keep"]),
    "license": encrypted,
    "certificate.source": st.sampled_from(["issued", "provided", "installer"]),
    "certificate.organization": st.from_regex(r"[A-Za-z]([A-Za-z .&-]{0,40}[a-z])?", fullmatch=True),
    "certificate.validityDays": st.integers(200, 365),
    "certificate.renewBeforeDays": st.integers(1, 199),
    "certificate.caValidityDays": st.integers(365, 7300),
    "certificate.chainPem": st.none(),
    "certificate.privateKeyPem": encrypted,
    "certificate.caPem": st.none(),
    "settings": st.dictionaries(
        st.from_regex(r"[a-z0-9_]{1,9}_x", fullmatch=True),
        st.one_of(encrypted, text, st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False)),
        max_size=4,
    ),
    "tags": st.dictionaries(
        st.from_regex(r"[a-z]{1,9}-x", fullmatch=True), st.one_of(word, st.integers(), st.booleans()), max_size=4
    ),
    "protectHosts": st.booleans(),
    "bastion.host": host_name.map("bastion-{}".format),
    "bastion.user": st.sampled_from(["ec2-user", "ubuntu"]),
    "bastion.port": st.integers(1, 65535),
    "bastion.hostKey": st.just("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKX9+gLQ7ezMgria8CKo58ej7W9FMUkcOKRxmbJQP8rM"),
    "bastion.privateKey": encrypted,
    "kmsKeyId": st.just("0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"),
    "iam.instanceProfile": st.just("wickr-hosts"),
    "iam.permissionsBoundary": st.just("arn:aws:iam::123456789012:policy/boundary"),
    "monitoring.alarms.enabled": st.booleans(),
    "monitoring.alarms.emails": st.lists(host_name.map("oncall@{}".format), max_size=3, unique=True),
    "monitoring.alarms.topicArn": st.just("arn:aws:sns:eu-west-1:123456789012:operations"),
    "monitoring.alarms.recover": st.booleans(),
    "monitoring.flowLogs.enabled": st.booleans(),
    "monitoring.flowLogs.retentionDays": st.sampled_from([1, 90, 3653]),
    "monitoring.flowLogs.traffic": st.sampled_from(["all", "accept", "reject"]),
    "monitoring.vitals.enabled": st.booleans(),
    "monitoring.vitals.retentionDays": st.sampled_from([1, 90, 3653]),
    "monitoring.vitals.diskPercent": st.integers(1, 100),
    "monitoring.vitals.memoryPercent": st.integers(1, 100),
    "monitoring.vitals.certificateDays": st.integers(1, 825),
    "encryption.ownKey": st.booleans(),
    "backup.enabled": st.booleans(),
    "backup.schedule": st.sampled_from(["cron(30 1 ? * MON-FRI *)", "cron(0 0/6 1,15 * ? *)"]),
    "backup.retentionDays": st.integers(1, 36500),
    "snapshots.enabled": st.booleans(),
    "snapshots.bucket": st.from_regex(r"[a-z][a-z0-9-]{1,20}[a-z0-9]", fullmatch=True),
    "snapshots.keyArn": st.just("arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"),
    "dns.zoneId": st.sampled_from(["Z0123456789ABCDEFGHIJ", "Z1"]),
    "dns.private": st.booleans(),
    "dns.ttl": st.integers(30, 86400),
    "compliance.image": st.sampled_from(["public.ecr.aws/x/bot:6.36", "bot@sha256:" + "0" * 64]),
    "compliance.configuration.secretArn": st.just("arn:aws:secretsmanager:eu-west-1:123456789012:secret:a/b-AbCdEf"),
    "compliance.configuration.secretKeyArn": st.just(
        "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"
    ),
    "compliance.configuration.bucket": st.just("example-wickr"),
    "compliance.configuration.key": st.sampled_from(["conf.wickr", "a/b.wickr"]),
    "compliance.imageId": image,
    "compliance.instanceType": machines,
    "compliance.diskGiB": st.integers(20, 16384),
    "compliance.dataGiB": st.integers(100, 16384),
    "compliance.dockerVersion": st.sampled_from(["27.5.1", "24.0.2"]),
    "compliance.dockerSha256": digest,
    "compliance.alsoAcceptOs": some(("debian 10", "rhel 6")),
    "compliance.rebuild": whole,
    "aws:region": st.sampled_from(["eu-west-1", "us-gov-west-1", "ap-southeast-2", "cn-north-1"]),
    "aws:profile": label,
    "aws:allowedAccountIds": st.lists(st.from_regex(r"[0-9]{12}", fullmatch=True), min_size=1, max_size=2),
    "aws:skipCredentialsValidation": st.booleans(),
    "aws:skipMetadataApiCheck": st.booleans(),
    "aws:skipRegionValidation": st.booleans(),
    "aws:s3UsePathStyle": st.booleans(),
    "aws:maxRetries": st.integers(0, 25),
}
"""A strategy for each key. Certificates that are brought along follow from the names, in `_agree`."""

AIRGAP = "installer.airgap."
NEEDED = {
    "calling": {"calling.hostname"},
    "bastion": {f"bastion.{each}" for each in ("host", "user", "hostKey", "privateKey")},
    "dns": {"dns.zoneId"},
    "compliance": {"compliance.image"},
    "compliance.configuration": {f"compliance.configuration.{each}" for each in ("bucket", "key", "secretArn")},
}
"""What a group that may be absent has to have."""

ALWAYS = {"hostname", "adminCidrs", "messaging.imageId", "license", "aws:region"}


@functools.cache
def _provided(names: tuple[str, ...]) -> str:
    addresses = [each for each in names if each[0].isdigit()]
    leaf = certificates.issue(
        "any", by=certificates.intermediate(), names=[e for e in names if e not in addresses], addresses=addresses
    )
    return leaf.pem + certificates.intermediate().pem


@st.composite
def values(draw: DrawFn) -> Values:
    """The keys below `config:` of a stack that is right."""
    # What an installation without internet is made of is one thing: see `_source`.
    chosen = {key for key in KEYS if not key.startswith(AIRGAP) and (key in ALWAYS or draw(st.booleans()))}
    for group, needed in NEEDED.items():
        inside = {key for key in chosen if key.startswith(f"{group}.")}
        # One key says whether the group is there; the others that it needs come with it.
        chosen = chosen | needed if min(needed) in chosen else chosen - inside
    made: Values = {}
    for key in KEYS:
        if key in chosen:
            *groups, part = (key if ":" in key else f"wickr:{key}").split(".")
            place = made
            for group in groups:
                place = place.setdefault(group, {})
            place[part] = deepcopy(draw(KEYS[key]))  # what is drawn from a list is that list's own
    _agree(made, draw)
    return made


def _agree(made: Values, draw: DrawFn) -> None:
    """Takes back what contradicts another key, as a person would."""
    _source(made, draw)
    _network(made, draw)
    _ways(made, draw)
    if "wickr:bastion" not in made and made["wickr:messaging"].get("healthCheck") == "bastion":
        del made["wickr:messaging"]["healthCheck"]
    if made["wickr:messaging"].get("healthCheck") != "none":
        clients = made.get("wickr:clientCidrs", ["0.0.0.0/0"])
        if clients[0] != "0.0.0.0/0" and not set(clients) & set(made["wickr:adminCidrs"]):
            clients.append(made["wickr:adminCidrs"][0])
    installer = made.get("wickr:installer", {})
    if installer.get("docker") == "preinstalled":
        installer.pop("dockerVersion", None)
    if "instanceProfile" in made.get("wickr:iam", {}):
        made["wickr:iam"].pop("permissionsBoundary", None)
    alarms = made.get("wickr:monitoring", {}).get("alarms", {})
    if "topicArn" in alarms:
        alarms.pop("emails", None)
        alarms["topicArn"] = alarms["topicArn"].replace("eu-west-1", made["aws:region"])
    _vitals(made)
    snapshots = made.get("wickr:snapshots", {})
    if "bucket" not in snapshots:
        snapshots.pop("keyArn", None)
    elif "keyArn" in snapshots:
        snapshots["keyArn"] = snapshots["keyArn"].replace("eu-west-1", made["aws:region"])
    if made.get("wickr:encryption", {}).get("ownKey"):
        made.pop("wickr:kmsKeyId", None)
    if "dockerVersion" in installer:
        old = installer["dockerVersion"].startswith("1")
        installer["release"] = "guide" if old else draw(st.sampled_from(["6.26", "6.32"]))
    _proxy(made)
    _certificate(made)


def _source(made: Values, draw: DrawFn) -> None:
    """Without internet, or with it: most keys of the installer are for one of the two."""
    installer = made.get("wickr:installer", {})
    if installer.get("source") != "airgap":
        return
    drawn = {key.removeprefix(AIRGAP): draw(strategy) for key, strategy in KEYS.items() if key.startswith(AIRGAP)}
    item = {
        kind: {part: drawn[f"{kind}.{part}"] for part in ("key", "sha256")}
        for kind in ("archive", "bundle", "docker[]")
    }
    build = int(item["bundle"]["key"].rpartition("-")[2].removesuffix(".airgap"))
    made["wickr:installer"] = {
        **{key: installer[key] for key in ("source", "securityModule") if key in installer},
        "release": Release.of(build).value,
        "airgap": {
            "bucket": drawn["bucket"],
            "archive": item["archive"],
            "bundle": item["bundle"],
            "docker": draw(st.sampled_from([[], [item["docker[]"]]])),
            **draw(st.sampled_from([{}, {"endpointId": drawn["endpointId"]}])),
        },
    }
    made["wickr:egress"] = "none"
    made["wickr:network"] = {
        **made.get("wickr:network", {}),
        "vpcId": draw(KEYS["network.vpcId"]),
        "publicAddresses": False,
    }


def _ways(made: Values, draw: DrawFn) -> None:
    """The compliance host, the bastion, records: each stands in the way of some others."""
    if made.get("wickr:egress", "guide") in ("proxy", "none"):
        made.pop("wickr:compliance", None)
    if "wickr:compliance" in made:
        made.pop("wickr:bastion", None)
        if "image" not in made["wickr:compliance"]:
            del made["wickr:compliance"]
        elif "vpcId" in made.get("wickr:network", {}):
            made["wickr:network"].setdefault("privateSubnetIds", draw(KEYS["network.privateSubnetIds"]))
    if made["wickr:hostname"][0].isdigit():
        made.pop("wickr:dns", None)


def _vitals(made: Values) -> None:
    """Hosts tell where they have a way and a right to, and of certificates that should have been renewed."""
    vitals, certificate = made.get("wickr:monitoring", {}).get("vitals", {}), made.get("wickr:certificate", {})
    if made.get("wickr:egress") == "none" or "instanceProfile" in made.get("wickr:iam", {}):
        vitals.pop("enabled", None)
    renewed = certificate.get("renewBeforeDays", 60)
    if certificate.get("source", "issued") == "issued" and vitals.get("certificateDays", 0) >= renewed:
        del vitals["certificateDays"]


def _proxy(made: Values) -> None:
    installer = made.get("wickr:installer", {})
    proxy = installer.get("proxy")
    if proxy is None:
        for key in ("proxyCredentials", "proxyCidrs", "noProxy"):
            installer.pop(key, None)
        if made.get("wickr:egress") == "proxy":
            made["wickr:egress"] = "guide"
        return
    named = not proxy.removeprefix("http://")[0].isdigit()
    if made.get("wickr:egress") != "proxy" or not named:
        installer.pop("proxyCidrs", None)
    if made.get("wickr:egress") == "proxy":
        installer.pop("noProxy", None)
        if named:
            installer.setdefault("proxyCidrs", ["198.51.100.240/28"])
    elif made.get("wickr:egress", "guide") == "guide" and not proxy.endswith(":443"):
        made["wickr:egress"] = "open"


def _network(made: Values, draw: DrawFn) -> None:
    network = made.get("wickr:network")
    if network is None:
        return
    if "vpcId" not in network:
        for key in ("publicSubnetIds", "privateSubnetIds", "publicAddresses"):
            network.pop(key, None)
        network.setdefault("cidr", draw(KEYS["network.cidr"]))
        return
    network.pop("cidr", None)
    needed = "publicSubnetIds" if network.get("publicAddresses", True) else "privateSubnetIds"
    network.setdefault(needed, draw(KEYS[f"network.{needed}"]))


def _certificate(made: Values) -> None:
    certificate = made.get("wickr:certificate")
    if certificate is None:
        return
    for key in ("chainPem", "caPem", *([] if certificate.get("source") == "provided" else ["privateKeyPem"])):
        certificate.pop(key, None)
    certificate["validityDays"] = max(certificate.get("validityDays", 397), certificate.get("renewBeforeDays", 60) + 1)
    certificate["caValidityDays"] = max(certificate.get("caValidityDays", 3650), certificate["validityDays"])
    if certificate.get("source") == "provided":
        calling = made.get("wickr:calling", {}).get("hostname")
        names = (made["wickr:hostname"], *([calling] if calling else []))
        certificate["chainPem"] = _provided(names)
        certificate["caPem"] = certificates.authority().pem
        certificate.setdefault("privateKeyPem", {"secure": f"v1:{CANARY}:{CANARY}"})


def customers() -> SearchStrategy[str]:
    """Names of stacks, among them those that could be mistaken for another's parts."""
    ends = st.sampled_from(["", "-messaging", "-calling", "-cluster", "-unused", "-public-1", "-private-2"])
    return st.builds("{}{}".format, st.from_regex(r"[a-z][a-z0-9-]{0,5}[a-z0-9]", fullmatch=True), ends)
