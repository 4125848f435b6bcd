"""The policy: who deploys a stack may make what the stack is made of, and change what carries the stack's tags."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from components import backup, flow_logs
from ops.checkout import OpsError
from ops.permissions.actions import LIVES, LOOKUPS, WITHOUT_AWS
from ops.plan import deployment
from ops.record import Request, reveal
from ops.stack_file import StackFile

Statement = dict[str, Any]
Conditions = dict[str, dict[str, Any]]

MANAGED_LIMIT = 6144
"""Characters of a managed policy, blanks not counted. One inside a role may have 10,240."""

OWN = ("wickr:project", "wickr:stack")
"""Tags that the stack's provider puts on everything."""

NAMED = {"aws:iam/role:Role": "role", "aws:iam/instanceProfile:InstanceProfile": "instance-profile"}
NAMED["aws:iam/policy:Policy"] = "policy"
"""Types that IAM knows by a name, which begins with the name in the program."""

ATTACHMENT, RECORD = "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:route53/record:Record"
INSTANCE = "aws:ec2/instance:Instance"
KEY_ID = re.compile("mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FOR_DISKS = (
    *("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"),
    *("kms:ReEncryptFrom", "kms:ReEncryptTo"),
)
"""What EC2 does with the key of a disk in the name of who makes the disk."""
TOPIC, ALARM = "aws:sns/topic:Topic", "aws:cloudwatch/metricAlarm:MetricAlarm"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
ATTACH = {"iam:AttachRolePolicy", "iam:DetachRolePolicy"}
ALIASES = {"kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias"}
REGIONAL = ("backup", "cloudwatch", "ec2", "kms", "logs", "sns")
FOR_SERVICES = {
    "PassFlowLogsRole": ("aws:ec2/flowLog:FlowLog", flow_logs.SERVICE),
    "PassBackupRole": ("aws:backup/selection:Selection", backup.SERVICE),
}
"""Types whose `iamRoleArn` is a role for a service, by the statement that lets it be given, with the service."""
OBJECT, BUCKET_THERE = "aws:s3/getObject:getObject", "aws:s3/getBucket:getBucket"
BUCKET = "aws:s3/bucket:Bucket"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
EC2 = ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"]
"""Who may get a role: machines, by their service's name in every partition."""


def policy(file: StackFile, *, preview: bool = False) -> dict[str, Any]:
    """The policy for who deploys a stack, in a form that holds in every partition. With `preview`, for who only looks.

    Raises PlanError for a stack of which there is no plan, OpsError for a type or a question that is not in the table:
    rights are not guessed.
    """
    asked = deployment(file)
    resources = [each for each in asked.resources if not each.type.startswith(WITHOUT_AWS)]
    types = {each.type for each in resources}
    questions = {token for token, _ in asked.invoked}
    if unknown := sorted((types - LIVES.keys()) | (questions - LOOKUPS.keys())):
        raise OpsError(
            f"{file.name}: what rights these need is not known: {', '.join(unknown)}; "
            "add them to ops/permissions/actions.py"
        )
    lives = [LIVES[type_] for type_ in types]
    answers = {token: set(LOOKUPS[token]) for token in questions}
    kept = {action for life in lives for action in life.reads}
    reads = kept.union(*answers.values())
    makes = {action for life in lives for action in life.makes}
    changes = {action for life in lives for action in life.changes} - makes | ({"ec2:CreateTags"} & makes)
    if any(each.inputs.get("permissionsBoundary") for each in resources):
        changes |= {"iam:PutRolePermissionsBoundary"}
    region = {"StringEquals": {"aws:RequestedRegion": file.values["aws:region"]}}
    stack = {"wickr:project": "wickr", "wickr:stack": file.name}
    ours, given = _tagged("ResourceTag", stack), _tagged("RequestTag", stack)
    named = _named(resources)
    passes = _of(makes, "iam") & {"iam:PassRole"}
    for_services = {sid: _given(resources, type_) for sid, (type_, _) in FOR_SERVICES.items()}
    roles = {each for each in named if ":role/" in each} | _brought(resources)
    for_machines = sorted(roles - set().union(*for_services.values()))
    statements = [
        _allow("Read", _of(reads, *REGIONAL), "*", region),
        _allow("ReadGlobal", _of(reads, "iam", "route53"), "*"),
        _allow("ReadFiles", answers.get(OBJECT, ()), [f"arn:*:s3:::{_bucket(file)}/*"]),
        _allow("ReadBucket", answers.get(BUCKET_THERE, ()), [f"arn:*:s3:::{_bucket_there(file)}"]),
        # A bucket has a name that begins with the program's, as a role has; S3 does not go by its tags.
        _allow("ReadOwnBuckets", _of(kept, "s3"), _buckets(resources)),
        _allow("OwnBuckets", _of(makes | changes, "s3"), _buckets(resources)),
        _allow("Make", _of(makes, "ec2", "backup-storage") - {"ec2:CreateTags"}, "*", region),
        # Whoever could tag what is there could make it theirs, and then delete it.
        _allow("TagWhatIsMade", _of(makes, "ec2") & {"ec2:CreateTags"}, "*", region, _present("ec2:CreateAction")),
        _allow("Change", _of(changes, "ec2", "kms", "backup"), "*", region, ours),
        _allow("MakeWithTags", _of(makes, "kms", "backup") - ALIASES, "*", region, given),
        _allow("NameKeys", _of(makes, "kms") & ALIASES, "*", region),
        # A log group has a name of the stack's own, which says more than a tag.
        _allow("LogGroups", _of(makes | changes, "logs"), _log_groups(resources, file.values["aws:region"])),
        _allow("Alarms", _of(makes | changes, "cloudwatch"), _alarms(resources, file.values["aws:region"])),
        _allow("Topics", _of(makes | changes, "sns"), _topics(file, resources)),
        _allow("MakeIdentities", _of(makes, "iam") - {"iam:PassRole"}, named, given),
        _allow("ChangeIdentities", _of(changes, "iam") - ATTACH, named, ours),
        _allow("AttachPolicies", _of(changes, "iam") & ATTACH, _with_policies(resources), ours, _attached(resources)),
        _allow("PassRoles", passes, for_machines, _passed_to(EC2)),
        *(
            _allow(sid, passes, sorted(for_services[sid]), _passed_to([service]))
            for sid, (_, service) in FOR_SERVICES.items()
        ),
    ]
    if keys := _keys(resources, file.values["aws:region"]):
        via = {"StringLike": {"kms:ViaService": f"ec2.{file.values['aws:region']}.amazonaws.com*"}}
        # The stack's own is known by its tags alone.
        known = {} if any(KEY_ID.search(each) for each in keys) else ours
        statements.append(_allow("UseKeysForDisks", FOR_DISKS, keys, via, known))
    if DEFAULT_GROUP in types:
        group = f"arn:*:ec2:{file.values['aws:region']}:*:security-group/*"
        statements.append(_allow("TakeOverDefaultGroup", {"ec2:CreateTags"}, [group], given))
    if RECORD in types:
        statements.append(_records(resources, makes))
    return {"Version": "2012-10-17", "Statement": [each for each in statements if _wanted(each, preview)]}


def _wanted(statement: Statement, preview: bool) -> bool:
    # Where a profile is brought along the stack makes no identity.
    return bool(statement["Action"] and statement["Resource"]) and (not preview or statement["Sid"].startswith("Read"))


def size(document: Mapping[str, Any]) -> int:
    """Characters as IAM counts them."""
    return len(re.sub(r"\s", "", json.dumps(document)))


def parts(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The same statements in their order, in as many documents as managed policies need."""
    made: list[list[Statement]] = [[]]
    for statement in document["Statement"]:
        if made[-1] and size({**document, "Statement": [*made[-1], statement]}) > MANAGED_LIMIT:
            made.append([])
        made[-1].append(statement)
    return [{**document, "Statement": each} for each in made]


def _of(actions: Iterable[str], *services: str) -> set[str]:
    return {each for each in actions if each.partition(":")[0] in services}


def _allow(sid: str, actions: Iterable[str], resource: str | list[str], *conditions: Conditions) -> Statement:
    statement: Statement = {"Sid": sid, "Effect": "Allow", "Action": sorted(actions), "Resource": resource}
    merged: Conditions = {}
    for condition in conditions:
        for operator, keys in condition.items():
            merged[operator] = {**merged.get(operator, {}), **keys}
    return {**statement, "Condition": merged} if merged else statement


def _tagged(which: str, tags: Mapping[str, str]) -> Conditions:
    return {"StringEquals": {f"aws:{which}/{key}": tags[key] for key in OWN}}


def _present(key: str) -> Conditions:
    return {"Null": {key: "false"}}


def _passed_to(services: list[str]) -> Conditions:
    return {"StringEquals": {"iam:PassedToService": services}}


def _given(resources: Iterable[Request], type_: str) -> set[str]:
    """The roles that the stack makes for a service, which a resource of this type gives to it."""
    arns = {str(reveal(each.inputs["iamRoleArn"])) for each in resources if each.type == type_}
    return {_own_role(own[1]) for arn in arns if (own := re.fullmatch(r"\[arn of (\S+)\]", arn))}


def _with_policies(resources: Iterable[Request]) -> list[str]:
    """The roles that policies are attached to."""
    names = {str(reveal(each.inputs["role"])) for each in resources if each.type == ATTACHMENT}
    return sorted(_own_role(own[1]) for name in names if (own := re.fullmatch(r"\[name of (\S+)\]", name)))


def _own_role(name: str) -> str:
    return f"arn:*:iam::*:role/{name}-*"


def _log_groups(resources: Iterable[Request], region: str) -> list[str]:
    """The stack's log groups by their names; some actions are judged by what is in a group, which ends in `:*`."""
    names = sorted(str(reveal(each.inputs["name"])) for each in resources if each.type == LOG_GROUP)
    return [f"arn:*:logs:{region}:*:log-group:{name}{part}" for name in names for part in ("", ":*")]


def _alarms(resources: Iterable[Request], region: str) -> list[str]:
    """The stack's alarms by the folder that their names begin with, which is the stack's own."""
    names = (str(reveal(each.inputs["name"])) for each in resources if each.type == ALARM)
    return sorted({f"arn:*:cloudwatch:{region}:*:alarm:{'/'.join(name.split('/')[:2])}/*" for name in names})


def _buckets(resources: Iterable[Request]) -> list[str]:
    return sorted(f"arn:*:s3:::{each.name}-*" for each in resources if each.type == BUCKET)


def _topics(file: StackFile, resources: Iterable[Request]) -> list[str]:
    made = sorted(each.name for each in resources if each.type == TOPIC)
    return [f"arn:*:sns:{file.values['aws:region']}:*:{name}-*" for name in made]


def _brought(resources: Iterable[Request]) -> set[str]:
    """The roles of profiles that the stack only names: each is taken to be called like its profile."""
    names = {str(reveal(each.inputs.get("iamInstanceProfile", "["))) for each in resources if each.type == INSTANCE}
    return {f"arn:*:iam::*:role/{name}" for name in names if not name.startswith("[")}


def _keys(resources: Iterable[Request], region: str) -> list[str]:
    """The keys of disks that the stack names. Behind an alias any key may be, today and tomorrow."""
    disks = [reveal(each.inputs.get("rootBlockDevice", each.inputs)) for each in resources]
    named = {str(disk["kmsKeyId"]) for disk in disks if disk.get("kmsKeyId")}
    ids = {found[0] if (found := KEY_ID.search(key)) else "*" for key in named}
    return sorted(f"arn:*:kms:{region}:*:key/{each}" for each in ids)


def _bucket(file: StackFile) -> str:
    """Where an installation without internet has its files."""
    found: str = json.loads(file.values.get("wickr:installer", "{}")).get("airgap", {}).get("bucket", "")
    return found


def _bucket_there(file: StackFile) -> str:
    """Where snapshots go, if that is a bucket that the stack only names."""
    found: str = json.loads(file.values.get("wickr:snapshots", "{}")).get("bucket", "")
    return found


def _named(resources: Iterable[Request]) -> list[str]:
    found = {f"arn:*:iam::*:{NAMED[each.type]}/{each.name}-*" for each in resources if each.type in NAMED}
    return sorted(found)


def _attached(resources: Iterable[Request]) -> Conditions:
    """No other policies than those that the stack attaches: AWS's own by name, the stack's by how theirs begins."""
    found = set()
    for each in resources:
        if each.type == ATTACHMENT:
            arn = str(reveal(each.inputs["policyArn"]))
            own = re.fullmatch(r"\[arn of (\S+)\]", arn)
            # What stands between `arn:` and the service is the partition, which a plan does not know.
            found.add(f"arn:*:iam::*:policy/{own[1]}-*" if own else re.sub(r"^arn:(\[[^]]*\]|[^:]*):", "arn:*:", arn))
    return {"ArnLike": {"iam:PolicyARN": sorted(found)}}


def _records(resources: Iterable[Request], makes: Iterable[str]) -> Statement:
    """Records of the zones and of the names that the stack has, and no others."""
    records = [each for each in resources if each.type == RECORD]
    zones = {str(reveal(each.inputs["zoneId"])) for each in records}
    names = {str(reveal(each.inputs["name"])).lower().rstrip(".") for each in records}
    known = all(re.fullmatch("Z[A-Z0-9]+", zone) for zone in zones)
    where = (
        sorted(f"arn:*:route53:::hostedzone/{zone}" for zone in zones) if known else ["arn:*:route53:::hostedzone/*"]
    )
    only = {"ForAllValues:StringEquals": {"route53:ChangeResourceRecordSetsNormalizedRecordNames": sorted(names)}}
    return _allow("ChangeRecords", _of(makes, "route53"), where, only)
