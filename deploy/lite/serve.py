"""`python deploy/lite/serve.py [PORT]`: the built site on this computer, with the headers that it should have."""

from __future__ import annotations

import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).parent


class Handler(SimpleHTTPRequestHandler):
    """A file server with the headers of `_headers`."""

    def end_headers(self) -> None:
        """Ends the head of an answer with the headers of `_headers`."""
        headers = (HERE / "_headers").read_text(encoding="utf-8")
        for line in headers.splitlines()[1:]:
            name, value = line.strip().split(": ")
            self.send_header(name, value)
        super().end_headers()


def server_of(site: Path, port: int = 0) -> ThreadingHTTPServer:
    """A server of a folder on this computer alone; at port 0 the system chooses one."""
    return ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, directory=str(site)))


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    with server_of(HERE.parent.parent / "dist" / "lite", port) as server:
        print(f"http://127.0.0.1:{server.server_port}/   (Ctrl-C ends it)")
        server.serve_forever()
