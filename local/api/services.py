"""The names under which the services of AWS answer the hosts of the lab."""

from dataclasses import dataclass

from local.lab.addresses import REGION

SUFFIX = f"{REGION}.amazonaws.com"
S3 = f"s3.{SUFFIX}"
OTHERS = ("ec2", "kms", "logs", "monitoring", "secretsmanager", "sns", "ssm", "sts")
"""Services with one name a region; what is not in this list has no name in the lab."""
CERTIFIED = (S3, f"*.{S3}", *(f"{name}.{SUFFIX}" for name in OTHERS))


@dataclass(frozen=True)
class Named:
    """What a host name means: a service, and the bucket if it stands in the name."""

    service: str
    bucket: str = ""


def named(host: str) -> Named | None:
    """The service that answers for a host name, or None."""
    name = host.lower().rstrip(".")
    if name == S3:
        return Named("s3")
    if name.endswith(f".{S3}"):
        return Named("s3", name.removesuffix(f".{S3}"))
    service = name.removesuffix(f".{SUFFIX}")
    return Named(service) if service in OTHERS and name != service else None
