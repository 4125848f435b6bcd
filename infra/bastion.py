"""The bastion as a stack names it: the one host on the way to those that are not reached directly."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from infra.model import Model
from infra.names import HostName, UserName

KEYS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")
"""Types of host keys that every SSH of today compares."""


def _host_key(value: str) -> str:
    """One public key as a host shows it, without the comment behind it."""
    # Here and below, so that its library is loaded only where there is a key to look at.
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key

    line = " ".join(value.split()[:2])
    try:
        load_ssh_public_key(line.encode())
        known = line.startswith(KEYS) and "\n" not in value.strip()
    except (ValueError, UnsupportedAlgorithm):
        known = False
    if not known:
        raise ValueError(
            f"{value[:60]!r} is no public host key; write the line of /etc/ssh/ssh_host_ed25519_key.pub on the "
            "bastion, which begins with ssh-ed25519"
        )
    return line


def _private_key(value: SecretStr) -> SecretStr:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

    from infra.provided_certificate import UNREADABLE

    text = value.get_secret_value()
    if text in UNREADABLE.get():
        return value
    load = load_ssh_private_key if "OPENSSH PRIVATE KEY" in text else load_pem_private_key
    try:
        load(text.encode(), password=None)
    except TypeError:
        raise ValueError("is locked by a passphrase; give the key without one (it is kept as a secret)") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(
            "is no private key; set the file of one, all its lines: "
            "pulumi config set --secret --path bastion.privateKey < KEY"
        ) from None
    # SSH wants the last line ended, which not every way to set it keeps.
    return SecretStr(text.strip() + "\n")


class Bastion(Model):
    """The one host that SSH goes through to the hosts: yours, there already, and only passed through."""

    host: HostName
    """Its DNS name, or its address. It must be inside `adminCidrs` as the hosts see it."""
    user: UserName
    """Who logs in there."""
    port: Annotated[int, Field(ge=1, le=65535)] = 22
    """Where its SSH listens."""
    host_key: Annotated[str, AfterValidator(_host_key)]
    """Its public host key, the line of /etc/ssh/ssh_host_ed25519_key.pub there: whatever shows another is not passed
    through."""
    private_key: Annotated[SecretStr, AfterValidator(_private_key)]
    """What Pulumi logs in with there. People use keys of their own."""
