"""What a request asks for: an action of IAM, and the resource that it is about."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from local.api.access.refusal import Refusal, Why
from local.api.access.signature import Signed


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One action; `bucket` and `object` are S3's, `secret` is how a request names a secret."""

    action: str
    resource: str = "*"
    bucket: str = ""
    object: str = ""
    secret: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)


OF_OBJECT = {
    ("GET", ""): "GetObject",
    ("GET", "acl"): "GetObjectAcl",
    ("GET", "tagging"): "GetObjectTagging",
    ("GET", "uploadId"): "ListMultipartUploadParts",
    ("GET", "versionId"): "GetObjectVersion",
    ("HEAD", ""): "GetObject",
    ("HEAD", "versionId"): "GetObjectVersion",
    ("PUT", ""): "PutObject",
    ("PUT", "tagging"): "PutObjectTagging",
    ("PUT", "uploadId"): "PutObject",
    ("POST", "uploadId"): "PutObject",
    ("POST", "uploads"): "PutObject",
    ("DELETE", ""): "DeleteObject",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
    ("DELETE", "versionId"): "DeleteObjectVersion",
}
OF_BUCKET = {
    ("GET", ""): "ListBucket",
    ("GET", "location"): "GetBucketLocation",
    ("GET", "policy"): "GetBucketPolicy",
    ("GET", "uploads"): "ListBucketMultipartUploads",
    ("GET", "versioning"): "GetBucketVersioning",
    ("GET", "versions"): "ListBucketVersions",
    ("HEAD", ""): "ListBucket",
}
SUBRESOURCES = frozenset(
    """
    accelerate acl analytics attributes cors delete encryption inventory legal-hold lifecycle location logging metrics
    notification object-lock ownershipControls policy policyStatus publicAccessBlock replication requestPayment restore
    retention select tagging torrent uploadId uploads versionId versioning versions website
    """.split()  # noqa: SIM905 - a list to read
)


def of_s3(method: str, bucket: str, key: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Operation:
    """One of the calls of S3 that the lab's hosts may make. Raises Refusal for another one."""
    asked = sorted(SUBRESOURCES & set(query))
    if not bucket:
        action = "ListAllMyBuckets" if method == "GET" and not asked else None
    else:
        table = OF_OBJECT if key else OF_BUCKET
        action = table.get((method, asked[0] if asked else "")) if len(asked) < 2 else None
    if action is None or "x-amz-copy-source" in headers:
        what = f"{method} of {'an object' if key else 'a bucket'} {' '.join(asked)}".strip()
        raise Refusal(Why.NOT_HERE, f"{what} is not in the stand-in of S3 for hosts")
    keys = {f"s3:{name}": query[name] for name in ("prefix", "delimiter") if name in query}
    keys |= {f"s3:{name}": value for name, value in headers.items() if name.startswith("x-amz-server-side-encryption")}
    resource = f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}" if bucket else "*"
    return Operation(action=f"s3:{action}", resource=resource, bucket=bucket, object=key, keys=keys)


def of_service(service: str, request: Signed) -> Operation:
    """A call of a service with a name of its own for each operation. Raises Refusal where none can be found."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    target = headers.get("x-amz-target", "")
    if not target:
        form = request.body.decode(errors="replace") if request.method == "POST" else ""
        name = (parse_qs(form).get("Action") or [request.query.get("Action", "")])[0]
        if not name:
            raise Refusal(Why.NOT_HERE, f"this request to {service} names no operation")
        return Operation(action=f"{service}:{name}")
    name = target.rpartition(".")[2]
    if service != "secretsmanager":
        return Operation(action=f"{service}:{name}")
    try:
        body = json.loads(request.body or b"{}")
    except ValueError as error:
        raise Refusal(Why.NOT_HERE, "the body is no JSON") from error
    return Operation(action=f"secretsmanager:{name}", secret=str(body.get("SecretId", "")))
