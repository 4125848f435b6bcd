"""Passwords and tokens that the program makes itself, once, and keeps as secrets of the stack."""

import base64
import hashlib

import pulumi
import pulumi_tls as tls

LENGTH = 32


def derive(seed: str, purpose: str) -> str:
    """A text of letters and digits that follows from a seed and a purpose; 32 of them carry over 160 bits."""
    digest = hashlib.sha512(f"{purpose}\0{seed}".encode()).digest()
    return base64.b32encode(digest).decode().rstrip("=").lower()[:LENGTH]


class Secrets(pulumi.ComponentResource):
    """The console's password and the cluster's token, derived from a random seed that lives in the state.

    The seed is a key of the tls provider that is used for nothing else: it is random, made once, and secret in
    the state, which is all that is asked of it, and it saves the installation one more provider.
    """

    console_password: pulumi.Output[str]
    cluster_token: pulumi.Output[str]

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
        self.register_outputs({})
