"""The plugin's process."""

from local.plugins.framework import Provider
from local.plugins.server import serve
from local.plugins.tls.resources import ALL

PROVIDER = Provider(name="tls", version="5.6.2", sdk="pulumi_tls", resources=ALL)

if __name__ == "__main__":
    serve(PROVIDER)
