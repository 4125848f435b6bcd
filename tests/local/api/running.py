"""The API in this process, on a free loopback port; it stays for the whole run (moto cannot be unpatched)."""

import os
import socket
import threading
from functools import cache
from typing import Any

import boto3

from local.api import server

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-west-1"}
IMAGE = "ami-0deb1200000000001"
CHANGED = threading.Event()


@cache
def _started() -> tuple[str, server.OneAtATime]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    application = server.start("127.0.0.1", port, CHANGED.set)
    found = f"http://127.0.0.1:{port}"
    # Plugins that run in this process find it as processes of their own would.
    os.environ.update(CREDENTIALS | {"AWS_ENDPOINT_URL": found})
    return found, application


def endpoint() -> str:
    """The API's address."""
    return _started()[0]


def application() -> server.OneAtATime:
    """The API itself."""
    return _started()[1]


@cache
def client(service: str) -> Any:
    """A boto3 client of that API."""
    session: Any = boto3.Session(
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=CREDENTIALS["AWS_REGION"],
    )
    return session.client(service, endpoint_url=endpoint())
