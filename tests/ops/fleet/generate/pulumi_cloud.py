"""A stand-in for the few answers of Pulumi Cloud that `pulumi deployment settings push` needs; it keeps what is put.

It knows one organization and takes any token. Whatever else is asked of it does not exist.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ORGANIZATION = "acme"


class PulumiCloud:
    """`put` has what arrived, by path."""

    def __init__(self) -> None:
        self.put: dict[str, Any] = {}

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Its URL, while it answers."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()

    def _answer(self, path: str) -> dict[str, Any] | None:
        match path.strip("/").split("/"):
            case ["api", "user"]:
                return {"githubLogin": "tester", "organizations": [{"githubLogin": ORGANIZATION}]}
            case ["api", "user", "organizations", "default"]:
                return {"GitHubLogin": ORGANIZATION}
            case ["api", "capabilities"]:
                return {"capabilities": []}
            case ["api", "stacks", organization, project, stack]:
                return {"orgName": organization, "projectName": project, "stackName": stack, "version": 1}
        return None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        cloud = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._reply(cloud._answer(self.path.partition("?")[0]))

            def do_PUT(self) -> None:
                text = self.rfile.read(int(self.headers["Content-Length"]))
                cloud.put[self.path] = json.loads(text)
                self._reply({})

            def _reply(self, answer: dict[str, Any] | None) -> None:
                body = json.dumps(answer if answer is not None else {"code": 404, "message": "not found"}).encode()
                self.send_response(200 if answer is not None else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *arguments: Any) -> None:
                pass

        return Handler
