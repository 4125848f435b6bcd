"""The plugin's process."""

from local.plugins.command.resources import COPY, LOCAL, REMOTE
from local.plugins.framework import Provider
from local.plugins.server import serve

PROVIDER = Provider(name="command", version="1.2.1", sdk="pulumi_command", resources=(LOCAL, REMOTE, COPY))

if __name__ == "__main__":
    serve(PROVIDER)
