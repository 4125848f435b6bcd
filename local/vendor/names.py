"""The names that the vendor's server answers for inside a lab."""

from typing import Final

NAMES: Final = (
    "get.replicated.com",
    "api.replicated.com",
    "registry.replicated.com",
    "registry-data.replicated.com",
    "quay.io",
    "download.docker.com",
    "s3.amazonaws.com",
    "index.docker.io",
    "registry-1.docker.io",
    "auth.docker.io",
    "public.ecr.aws",
    "production.cloudflare.docker.com",
)

PACKAGE_MIRRORS: Final = "*.debian.org"
"""Covered by the certificate, so that a folder put in place of ours can offer packages too."""
