"""Makes the client file that the compliance bot's stand-in logs in with, as the console of a real installation does.

python -m local.vendor.client_file --host messaging.example.com --user BOT --ca ca.pem --out conf.wickr <password
"""

import argparse
import secrets
import sys
from pathlib import Path

from local.vendor.host.bot.client_file import Network, made


def main() -> None:
    """The command line; the password comes by stdin."""
    parser = argparse.ArgumentParser(prog="python -m local.vendor.client_file", description=__doc__)
    parser.add_argument("--host", required=True, help="the name or address that clients use")
    parser.add_argument("--user", required=True, help="the bot's user name")
    parser.add_argument("--ca", type=Path, help="the CA of the host's certificate; without it, what the host trusts")
    parser.add_argument("--out", type=Path, required=True, help="the file to write")
    options = parser.parse_args()
    password = sys.stdin.readline().rstrip("\n")
    if not password:
        parser.error("the password is read from stdin, which is empty")
    network = Network(options.host, options.user, options.ca.read_text() if options.ca else "")
    options.out.touch(mode=0o600)
    options.out.write_bytes(made(network, password, secrets.token_bytes(16)))


if __name__ == "__main__":
    main()
