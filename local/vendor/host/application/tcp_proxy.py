"""TLS on the calling host's 443: calls without UDP. The stand-in sends back what it gets."""

import os
import socketserver

from .tls import Server


class Echo(socketserver.BaseRequestHandler):
    """One connection."""

    def handle(self) -> None:
        """Until the other side has said everything."""
        while data := self.request.recv(65536):
            self.request.sendall(data)


if __name__ == "__main__":
    Server(int(os.environ["PORT_443"]), Echo).serve_forever()
