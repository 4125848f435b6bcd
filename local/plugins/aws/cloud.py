"""The way to the API: always a loopback address. A stand-in must never touch a real account."""

import os
import threading
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from local.plugins.framework import Refusal, Request, Values

Client: TypeAlias = Any
"""A boto3 client; its calls are known by their names alone."""

PATIENCE = 30.0
"""Seconds for a dependency to go away. The real plugin waits 15 minutes or more; here nothing takes that long."""

SERVICES = ("backup", "cloudwatch", "ec2", "iam", "kms", "logs", "route53", "s3", "sns", "ssm", "sts")
"""Those that the resources here are made with."""

_making = threading.Lock()


def endpoint() -> str:
    """The API's address out of the environment."""
    url = os.environ.get("AWS_ENDPOINT_URL", "")
    if not url:
        raise Refusal(
            "AWS_ENDPOINT_URL is not set: the stand-in for the plugin 'aws' works on the local cloud only. Use 'make "
            "shell', or install the real plugin for a real account"
        )
    host = urlsplit(url).hostname or ""
    if host != "localhost" and not _is_loopback(host):
        raise Refusal(
            f"AWS_ENDPOINT_URL is {url}: the stand-in for the plugin 'aws' talks to loopback addresses only. Install "
            "the real plugin for a real account"
        )
    return url


def client(service: str, request: Request) -> Client:
    """A client for the region of a resource: its own, or the provider's."""
    settings = request.settings
    region = request.inputs.get("region") or request.state.get("region") or region_of(settings)
    names = ("accessKey", "secretKey", "token", "profile", "maxRetries")
    with _making:
        return _client(endpoint(), service, region, *(settings.get(name) for name in names))


def region_of(settings: Values) -> str:
    """The provider's region: its setting, or the environment's."""
    region = settings.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region:
        raise Refusal("No region: set aws:region, the provider's region or AWS_REGION")
    return str(region)


def region(request: Request) -> str:
    """The region that a resource lives in."""
    return str(request.inputs.get("region") or request.state.get("region") or region_of(request.settings))


def account(request: Request) -> str:
    """The account that the credentials belong to."""
    return str(client("sts", request).get_caller_identity()["Account"])


def arn(request: Request, service: str, rest: str, owner: str = "") -> str:
    """A resource's ARN."""
    return f"arn:{partition(region(request))}:{service}:{region(request)}:{owner or account(request)}:{rest}"


def partition(name: str) -> str:
    """The partition of a region."""
    return "aws-cn" if name.startswith("cn-") else "aws-us-gov" if name.startswith("us-gov-") else "aws"


def code(error: Exception) -> str:
    """The service's code of a refusal; empty for any other exception."""
    return str(getattr(error, "response", {}).get("Error", {}).get("Code", ""))


def unless_gone(call: Callable[[], Any]) -> Any:
    """The call's answer, or None where the service says that there is no such thing."""
    try:
        return call()
    except Exception as error:
        if "NotFound" in code(error) or "NoSuch" in code(error) or ".Unknown" in code(error):
            return None
        raise


def patiently(request: Request, call: Callable[[], Any], codes: Iterable[str] = ("DependencyViolation",)) -> None:
    """Calls again while something still depends on it."""
    end = time.monotonic() + (request.timeout or PATIENCE)
    while True:
        try:
            unless_gone(call)
            return
        except Exception as error:
            if code(error) not in codes or time.monotonic() > end or request.cancelled.wait(0.5):
                raise


def explain(error: Exception) -> str | None:
    """A sentence for what boto3 raises."""
    name = type(error).__name__
    if code(error):
        operation = getattr(error, "operation_name", "the call")
        message = str(getattr(error, "response", {})["Error"].get("Message", "")).rstrip(".")
        return f"AWS refused {operation}: {code(error)}: {message}"
    if name == "EndpointConnectionError":
        return f"No AWS API answers at {endpoint()}: bring the local cloud up with 'make up'"
    if name in ("NoCredentialsError", "PartialCredentialsError"):
        return "No AWS credentials: the local cloud takes any, for example AWS_ACCESS_KEY_ID=test"
    if type(error).__module__.startswith("botocore"):
        return f"The AWS API could not be asked: {' '.join(str(error).split())}"
    return None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=64)
def _client(
    url: str,
    service: str,
    region: str,
    key: str | None,
    secret: str | None,
    token: str | None,
    profile: str | None,
    retries: int | None,
) -> Client:
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    import boto3
    from botocore.config import Config

    session: Any = boto3.Session(
        botocore_session=_session(),
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        profile_name=profile,
        region_name=region,
    )
    limits: Any = {"mode": "standard", "total_max_attempts": 1 + (3 if retries is None else min(retries, 3))}
    config = Config(retries=limits, connect_timeout=5, read_timeout=30, max_pool_connections=32)
    return session.client(service, endpoint_url=url, config=config)


@lru_cache(maxsize=1)
def _models() -> Any:
    """What boto3 knows of the services, read once for all sessions."""
    from botocore.loaders import Loader

    return Loader()


def _session() -> Any:
    from botocore.session import Session

    session = Session()
    session.register_component("data_loader", _models())
    return session


def load() -> None:
    """Reads what boto3 knows of all services, for the forks of this process. No service is asked anything."""
    import boto3

    session: Any = boto3.Session(botocore_session=_session())
    for service in SERVICES:
        session.client(service, region_name="us-east-1", aws_access_key_id="nobody", aws_secret_access_key="nobody")
