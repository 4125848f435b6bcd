"""The user data of a host: who may log in, and the SSH host key that is known before the host exists."""

from collections.abc import Sequence

import yaml

USER = "wickr-deploy"
"""The only user that logs in over SSH: by key, with sudo. The image's default user is not made."""


class _Block(str):
    """Text that YAML writes as a block, so that keys stay readable."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(
    _Block, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|")
)


def user_data(*, hostname: str, authorized_keys: Sequence[str], host_key: str, host_key_public: str) -> str:
    """A #cloud-config document. It carries the private host key, so it is secret.

    Whoever may read the instance's user data (ec2:DescribeInstanceAttribute, or root on the host) can read that
    key. The alternative, trusting whatever answers first, is worse; nothing else that is secret is in here.
    """
    document = {
        "hostname": hostname,
        # Without it sudo complains at each command that the host does not know its own name.
        "manage_etc_hosts": "localhost",
        "users": [
            {
                "name": USER,
                "gecos": "Deployment of Wickr Enterprise",
                "shell": "/bin/bash",
                "lock_passwd": True,
                "sudo": "ALL=(ALL) NOPASSWD:ALL",
                "ssh_authorized_keys": [key.strip() for key in authorized_keys],
            }
        ],
        "disable_root": True,
        "ssh_pwauth": False,
        "ssh_deletekeys": True,
        "ssh_keys": {"ed25519_private": _Block(host_key), "ed25519_public": host_key_public.strip() + "\n"},
    }
    return "#cloud-config\n" + yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=1000)
