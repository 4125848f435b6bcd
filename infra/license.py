"""Whether a text can be a licence of Wickr Enterprise at all; what it allows, only the vendor's server knows."""

import base64
import binascii

SMALLEST, LARGEST = 64, 256 * 1024
"""Bytes. A licence is a few kilobytes; these bounds catch empty files, wrong files and cut-off pastes."""

NOT_LICENSES = {
    b"-----BEGIN": "a PEM file (a certificate or key)",
    b"PK\x03\x04": "a ZIP archive",
    b"<!DOCTYPE": "an HTML page",
    b"<html": "an HTML page",
    b"%PDF": "a PDF document",
    b"#!": "a script",
    b"#cloud-config": "user data",
    b"apiVersion:": "a licence of the Kubernetes edition (KOTS)",
    b"\x1f\x8b": "a gzip archive",
}


def problem(value: str) -> str | None:
    """What is wrong with the configuration value of a licence, or None. Never repeats any of it."""
    try:
        content = base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return 'is no base64 text; set it with: pulumi config set --secret license "$(base64 -w0 FILE.rli)"'
    for start, what in NOT_LICENSES.items():
        if content.lstrip()[: len(start)].lower() == start.lower():
            return f"is {what}, not a licence; set the .rli file that the vendor sent, in base64"
    if not SMALLEST <= len(content) <= LARGEST:
        return f"holds {len(content)} bytes, a licence has {SMALLEST} to {LARGEST}; set the .rli file in base64"
    return None
