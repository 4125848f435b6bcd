"""Make a licence of the lab's own format: python -m local.vendor.license --out FILE"""

import argparse
import secrets
from pathlib import Path

from local.vendor.host.replicated.license import License, pack


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m local.vendor.license", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the file to write, for instance lab.rli")
    parser.add_argument("--channel", default="Stable", help="Stable (default) or Beta")
    parser.add_argument("--assignee", default="Local cloud")
    parser.add_argument("--calling", action="store_true", help="the licence includes calling")
    parser.add_argument("--compliance", action="store_true", help="the licence includes compliance")
    parser.add_argument("--airgap", action="store_true", help="allows an offline installation")
    parser.add_argument("--online", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--expires", default="", metavar="YYYY-MM-DD", help="last day; never if left out")
    options = parser.parse_args()
    try:
        made = License(
            id=secrets.token_hex(16), **{name: value for name, value in vars(options).items() if name != "out"}
        )
        expired = made.expired
    except ValueError as error:
        parser.error(f"--expires {options.expires!r}: {error}")
    options.out.touch(mode=0o600)
    options.out.write_bytes(pack(made))
    print(f"{options.out}: license {made.id}, channel {made.channel}{', EXPIRED' if expired else ''}")


if __name__ == "__main__":
    main()
