"""The keys of the compliance host, and what they may be."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from guide.roles import Role
from infra.model import Model, at_least_the_table
from infra.names import DockerVersion, Form, ImageId, InstanceType, KmsKeyArn, Sha256, System

LEAST_ROOT_GIB = 20
"""The system, Docker and two images of the bot, the old one and the new one of an upgrade (CG 5)."""

MOVING_TAGS = frozenset({"latest", "local"})
"""Tags of the bot's image under which its makers put another one now and then."""

_IMAGE = re.compile(
    r"[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:(?P<tag>\w[\w.-]{0,127}))?(@(?P<digest>sha256:[0-9a-f]{64}))?"
)


def _image(value: str) -> str:
    """An image by a tag that stays, or by its digest."""
    found = _IMAGE.fullmatch(value)
    if not found:
        raise ValueError(f"{value!r} is no image; write one as 'docker pull' takes it, NAME:TAG or NAME@sha256:…")
    if not found["digest"] and (found["tag"] is None or found["tag"] in MOVING_TAGS):
        what = f"the tag {found['tag']}" if found["tag"] else "no tag"
        raise ValueError(
            f"{value!r} has {what}, which is another image from one day to the next; pin a version, NAME:TAG, or a "
            "digest, NAME@sha256:…"
        )
    return value


def _object_key(value: str) -> str:
    """A key of one object: what goes into a policy must not stand for others as well."""
    if set(value) & set("*?$") or value.startswith("/") or value.endswith("/"):
        raise ValueError(
            f"{value!r} is no key of one object; write it without a slash at either end and without * ? $, for "
            "example compliance/conf.wickr"
        )
    return value


SecretArn = Annotated[
    str,
    Form(
        r"arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}",
        "ARN of a secret; write the whole one, as 'aws secretsmanager describe-secret' shows it, with the six "
        "characters at its end",
    ),
]
Bucket = Annotated[str, Form(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "bucket; write its name alone, without s3://")]
ObjectKey = Annotated[str, Field(min_length=1, max_length=1024), AfterValidator(_object_key)]


class BotConfiguration(Model):
    """Where the bot takes its configuration from when it starts (WickrIO, Automatic configuration)."""

    secret_arn: SecretArn
    """The secret in Secrets Manager, in the region of the stack: JSON with the key `wickr_config`. The bot reads it by
    the host's role; this program never does."""
    secret_key_arn: KmsKeyArn | None = None
    """The key of KMS that the secret is under, by its ARN, if it is not AWS's own: the host's role may decrypt with it
    by way of Secrets Manager, and this secret alone. The key's policy has to leave that to IAM."""
    bucket: Bucket
    """The bucket with the configuration file that the admin console made, `conf.wickr`."""
    key: ObjectKey
    """Its key there; the host's role may read this object and no other."""

    @field_validator("secret_key_arn")
    @classmethod
    def _key_where_the_secret_is(cls, value: str | None, others: ValidationInfo) -> str | None:
        secret = others.data.get("secret_arn")
        if value and secret and value.split(":")[1:4:2] != secret.split(":")[1:4:2]:
            raise ValueError(
                f"{value} is of another region than {secret}, whose key it cannot be; name the secret's own"
            )
        return value


class Compliance(Model):
    """The compliance host (CG 2): Docker, and the bot that keeps what a network's users send."""

    image: Annotated[str, AfterValidator(_image)]
    """The bot's container image, by a version or a digest: `public.ecr.aws/x3s2s6k3/wickrio/bot-enterprise:…`."""
    configuration: BotConfiguration | None = None
    """Where the bot's configuration is. Without it the host is prepared and no bot runs."""
    image_id: ImageId | None = None
    """The machine image; without it, the messaging host's."""
    instance_type: InstanceType = "t3.large"
    """At least 2 vCPU and 8 GiB, x86_64 (CG 2.1), and of the Nitro system. Another one restarts the host."""
    disk_gib: Annotated[int, Field(alias="diskGiB", ge=LEAST_ROOT_GIB, le=16384)] = 40
    """The encrypted root volume in GiB: system, Docker and images. It can grow, and never shrink."""
    data_gib: Annotated[int, Field(alias="dataGiB", le=16384), at_least_the_table(Role.COMPLIANCE)] = 100
    """The encrypted volume for what the bot keeps, in GiB, at least 100 (CG 2.1): 5 to 10 GB a user where nobody takes
    its files away. It outlives the host. It can grow, and never shrink."""
    docker_version: DockerVersion = "27.5.1"
    """The Docker that is installed where the machine image has none. It changes nothing on a host that has one."""
    docker_sha256: Sha256 | None = None
    """Pins that archive of Docker's: another one is refused."""
    also_accept_os: tuple[System, ...] = ()
    """Operating systems beyond the list (CG 2.1) that the preflight lets pass: `debian 12`."""
    rebuild: Annotated[int, Field(ge=0)] = 0
    """Raised by one, it rebuilds the host from the image that stands here by then. The data volume moves to it."""
