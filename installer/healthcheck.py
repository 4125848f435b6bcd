"""Asks an installation the question of IG 9.1, from the machine that runs it: `python3 - < healthcheck.py`.

Environment: ADDRESS and HOSTNAME_OF_WICKR (the name may not be in DNS yet, so the address is dialled and the name
is asked for), HEALTH_PATH, TRUST (`ca` with CA_CERTIFICATE, `system`, or `none`), LIMIT in seconds, HEALTH_PORT (443
without it), ASKER (who asks, in words; this machine without it). Standard library only: it runs wherever Pulumi, or a
bastion, runs. Ends in one sentence on failure.
"""

import http.client
import os
import socket
import ssl
import sys
import time
from typing import Mapping, Optional  # noqa: UP035 - for the Python of an older workstation


def trust_of(trust: str, certificate: Optional[str]) -> ssl.SSLContext:  # noqa: UP045
    """What a client would trust: the installation's own CA, the machine's store, or anything."""
    if trust == "none":
        unverified = ssl.create_default_context()
        unverified.check_hostname = False
        unverified.verify_mode = ssl.CERT_NONE
        return unverified
    return ssl.create_default_context(cadata=certificate if trust == "ca" else None)


def ask(address: str, port: int, hostname: str, path: str, tls: ssl.SSLContext) -> int:
    """The HTTP status of one request to `address`, made under the name `hostname`."""
    raw = socket.create_connection((address, port), timeout=10)
    with raw, tls.wrap_socket(raw, server_hostname=hostname) as secured:
        connection = http.client.HTTPSConnection(hostname, port, context=tls, timeout=10)
        connection.sock = secured
        connection.request("GET", path)
        return connection.getresponse().status


def main(environment: Mapping[str, str]) -> int:
    """Asks until the answer is 200 or the time is over; 0 or 1 for the shell."""
    address, hostname = environment["ADDRESS"], environment["HOSTNAME_OF_WICKR"]
    asker = environment.get("ASKER", "this machine")
    port = int(environment.get("HEALTH_PORT", "443"))
    url = f"https://{hostname}{environment['HEALTH_PATH']}"
    tls = trust_of(environment["TRUST"], environment.get("CA_CERTIFICATE"))
    deadline = time.monotonic() + float(environment["LIMIT"])
    while True:
        try:
            status = ask(address, port, hostname, environment["HEALTH_PATH"], tls)
            if status == 200:
                print(f"health: {url} answers with 200 at {address}")
                return 0
            problem = f"application: {url} answers with HTTP status {status} instead of 200"
        except ssl.SSLCertVerificationError as error:
            problem = f"certificate: {url} shows a certificate that does not fit: {error.verify_message}"
        except ssl.SSLError as error:
            problem = f"certificate: TLS with {url} fails: {error.reason}"
        except http.client.HTTPException as error:
            problem = f"application: {url} gives no answer in HTTP ({type(error).__name__})"
        except OSError as error:
            problem = (
                f"network: {address} port {port} does not answer ({error}); {asker} must be inside clientCidrs, "
                "or set messaging.healthCheck to none"
            )
        if time.monotonic() > deadline:
            print(problem, file=sys.stderr)
            return 1
        time.sleep(2)


if __name__ == "__main__":
    sys.exit(main(os.environ))
