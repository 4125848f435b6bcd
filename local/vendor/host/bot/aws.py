"""What the bot asks AWS for, with the role of the host: a secret, and an object of S3."""

import hashlib
import hmac
import json
import os
import urllib.parse
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime

from ..web import TIMEOUT, trust
from ..wire import Refusal

METADATA = "http://169.254.169.254/latest"
SUFFIXES = {"cn": "amazonaws.com.cn"}


@dataclass(frozen=True)
class Credentials:
    """Those of the role, or of the container's environment."""

    key: str
    secret: str
    token: str


def credentials() -> Credentials:
    """From the environment, or from the metadata service by version 2."""
    if "AWS_ACCESS_KEY_ID" in os.environ:
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        return Credentials(*(os.environ.get(name, "") for name in names))
    try:
        token = _metadata("api/token", "PUT", {"X-aws-ec2-metadata-token-ttl-seconds": "60"})
        header = {"X-aws-ec2-metadata-token": token}
        folder = "meta-data/iam/security-credentials/"
        found = json.loads(_metadata(folder + _metadata(folder, "GET", header), "GET", header))
        return Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["Token"])
    except (OSError, ValueError, KeyError) as error:
        raise Refusal(f"Unable to locate credentials: the host's role gives none ({error})") from error


def secret(arn: str) -> str:
    """The text of a secret."""
    region = arn.split(":")[3] if arn.count(":") > 5 else os.environ.get("AWS_REGION", "")
    if not region:
        raise Refusal(f"AWS_SECRET_NAME is {arn!r}: without AWS_REGION it must be the ARN of a secret")
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "secretsmanager.GetSecretValue"}
    body = json.dumps({"SecretId": arn}).encode()
    answer = _call(
        "POST", f"https://secretsmanager.{region}.{_suffix(region)}/", "secretsmanager", region, headers, body
    )
    return str(json.loads(answer)["SecretString"])


def object_(bucket: str, key: str, region: str) -> bytes:
    """An object of S3."""
    url = f"https://{bucket}.s3.{region}.{_suffix(region)}/{urllib.parse.quote(key, safe='/-_.~')}"
    return _call("GET", url, "s3", region, {}, b"")


def _suffix(region: str) -> str:
    return SUFFIXES.get(region.partition("-")[0], "amazonaws.com")


def _metadata(path: str, method: str, headers: dict[str, str]) -> str:
    request = urllib.request.Request(f"{METADATA}/{path}", method=method, headers=headers)  # noqa: S310 - a fixed address
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(request, timeout=5) as answer:
        text: str = answer.read().decode()
        return text


def _call(method: str, url: str, service: str, region: str, headers: dict[str, str], body: bytes) -> bytes:
    signed = _signed(method, url, service, region, headers, body)
    request = urllib.request.Request(url, method=method, data=body or None, headers=signed)  # noqa: S310 - always https
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT, context=trust()) as answer:  # noqa: S310
            content: bytes = answer.read()
            return content
    except urllib.error.HTTPError as error:
        raise Refusal(f"{url}: {error.code} {error.read().decode(errors='replace')}") from error
    except OSError as error:
        raise Refusal(f"{url}: {getattr(error, 'reason', error)}") from error


def _signed(method: str, url: str, service: str, region: str, headers: dict[str, str], body: bytes) -> dict[str, str]:
    """The headers with a signature of version 4."""
    who, parts = credentials(), urllib.parse.urlsplit(url)
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(body).hexdigest()
    every = {
        **{name.lower(): value for name, value in headers.items()},
        "host": parts.netloc,
        "x-amz-content-sha256": digest,
        "x-amz-date": moment,
        **({"x-amz-security-token": who.token} if who.token else {}),
    }
    names = ";".join(sorted(every))
    lines = "".join(f"{name}:{every[name]}\n" for name in sorted(every))
    canonical = "\n".join((method, parts.path, parts.query, lines, names, digest))
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    to_sign = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{who.secret}".encode()
    for part in (*scope.split("/"), to_sign):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    given = f"Credential={who.key}/{scope}, SignedHeaders={names}, Signature={key.hex()}"
    return {
        **{name: value for name, value in every.items() if name != "host"},
        "Authorization": f"AWS4-HMAC-SHA256 {given}",
    }
