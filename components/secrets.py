"""Passwords and tokens that the program makes itself, once, and keeps as secrets of the stack."""

import base64
import hashlib
from dataclasses import dataclass

import pulumi
import pulumi_tls as tls

LENGTH = 32


def derive(seed: str, purpose: str) -> str:
    """A text of letters and digits that follows from a seed and a purpose; 32 of them carry over 160 bits."""
    digest = hashlib.sha512(f"{purpose}\0{seed}".encode()).digest()
    return base64.b32encode(digest).decode().rstrip("=").lower()[:LENGTH]


@dataclass(frozen=True, kw_only=True)
class LoginKey:
    """The SSH key that opens all hosts of the stack, in OpenSSH's form."""

    private: pulumi.Output[str]
    public: pulumi.Output[str]


class Secrets(pulumi.ComponentResource):
    """The console's password and the cluster's token, derived from a random seed that lives in the state; the SSH key.

    The seed is a key of the tls provider that is used for nothing else: it is random, made once, and secret in
    the state, which is all that is asked of it, and it saves the installation one more provider.
    """

    console_password: pulumi.Output[str]
    cluster_token: pulumi.Output[str]
    login_key: LoginKey

    def __init__(self, name: str, *, protect: bool, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("wickr:secrets:Secrets", name, None, opts)
        seed = tls.PrivateKey(
            f"{name}-seed",
            algorithm="ED25519",
            # A new seed would be a new token, which running nodes would not know.
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        self.console_password = pulumi.Output.secret(
            seed.private_key_pem.apply(lambda pem: derive(pem, "console password"))
        )
        self.cluster_token = pulumi.Output.secret(seed.private_key_pem.apply(lambda pem: derive(pem, "cluster token")))
        login = tls.PrivateKey(f"{name}-login-key", algorithm="ED25519", opts=pulumi.ResourceOptions(parent=self))
        self.login_key = LoginKey(
            private=pulumi.Output.secret(login.private_key_openssh), public=login.public_key_openssh
        )
        self.register_outputs({})
