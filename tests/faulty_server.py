"""A small class server for tests of `delivery`: stdlib only, and as faulty as a test wants."""

from __future__ import annotations

import gzip
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CODE = "K7QF2MWD"


class Faulty(ThreadingHTTPServer):
    """Keeps rows as the class server does. `faults` says what goes wrong with the next posts, one each; `always`
    with all of them, and `greeting` with the question for the session.
    """

    daemon_threads = True

    def __init__(self, vignettes, session="test", mode="homework"):
        super().__init__(("127.0.0.1", 0), Handler)
        self.state = {
            "code": CODE,
            "mode": mode,
            "session": session,
            "vignettes": [{"id": v} for v in vignettes],
        }
        self.rows, self.writes, self.asked, self.posts, self.heads = {}, 0, [], [], []
        self.faults, self.always, self.greeting, self.refusals = [], "", "", {}
        self.marks = {"X-Boundaries": "1"}  # a portal's answers have none
        self.portal = None  # (status, JSON): who answers in the server's place
        self.elsewhere = "http://127.0.0.1:9/"
        self.release = threading.Event()
        self.reached = threading.Event()
        self.busy = self.most_busy = 0
        self.lock = threading.Lock()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/K7QF-2MWD"

    def handle_error(self, request, client_address):
        """A client that has gone is part of the tests."""

    def receipt(self, wish):
        if said := self.refusals.get((wish["vignette"], wish["phase"])):
            status, text = said
            return wish | {"status": status, "text": text}
        key = (wish["token"], wish["vignette"], wish["phase"])
        there = self.rows.get(key)
        newer = there is None or (wish["phase"] != "first" and wish["revision"] > there["revision"])
        answered = [[w[k] for k in ("rating", "confidence", "reason")] for w in (there, wish) if w]
        if newer:
            self.rows[key] = wish
            self.writes += 1
        status = "stored" if newer or answered[0] == answered[1] else "superseded"
        held = self.rows[key]
        return {k: held[k] for k in ("vignette", "phase", "rating", "confidence", "revision")} | {
            "status": status, "text": "A sentence for a phone."
        }  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Quiet."""

    def answer(self, status, data, kind="application/json", **headers):
        data = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(data)),
            **({} if self.server.portal else self.server.marks),
            **headers,
        }.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        server = self.server
        server.asked.append(self.path)
        server.heads.append(dict(self.headers))
        if server.portal:
            self.answer(*server.portal)
        elif not self.fail(server.greeting, server.state):
            self.answer(200, server.state)

    def do_POST(self):
        server = self.server
        with server.lock:
            server.busy += 1
            server.most_busy = max(server.busy, server.most_busy)
        try:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.posts.append(body)
            server.heads.append(dict(self.headers))
            if server.portal:
                self.answer(*server.portal)
                return
            fault = server.faults.pop(0) if server.faults else server.always
            wishes = json.loads(body)
            if fault == "before":
                self.close_connection = True
                return
            if fault.startswith("spoilt ") and any(
                w["vignette"] == fault.split()[2] for w in wishes
            ):
                self.answer(int(fault.split()[1]), {"error": "'case-3' is missing its head."})
                return
            if fault == "wait":
                server.reached.set()
                assert server.release.wait(20)
            if not (
                fault
                and self.fail(
                    fault, {"receipts": [w | {"status": "stored", "text": ""} for w in wishes]}
                )
            ):
                with server.lock:
                    receipts = [server.receipt(w) for w in wishes]
                if fault == "after":
                    self.close_connection = True
                    return
                stored = any(r["status"] == "stored" for r in receipts)
                invalid = {r["status"] for r in receipts} == {"invalid"}
                self.answer(201 if stored else 422 if invalid else 409, {"receipts": receipts})
        finally:
            with server.lock:
                server.busy -= 1

    def fail(self, fault, whole):
        """Whether the fault was one of answering; `whole` is what a server would say that took everything."""
        server = self.server
        page = b"<html><h1>Welcome to the campus network</h1>Please sign in.</html>"
        first = {"receipts": whole.get("receipts", [{}])[:1]} if "receipts" in whole else whole
        other = [r | {"vignette": "another"} for r in whole.get("receipts", [])]
        higher = [r | {"rating": 1 + (r["rating"] or 0) % 5} for r in whole.get("receipts", [])]
        match fault.split():
            case ["hang"]:
                server.release.wait(20)
                self.close_connection = True
            case ["drip"]:
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                for _ in range(100):
                    self.wfile.write(b" ")
                    time.sleep(0.05)
            case ["cut"]:
                data = json.dumps(whole).encode()
                self.send_response(201)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data[: len(data) // 2])
                self.close_connection = True
            case ["portal"]:
                self.answer(200, page, "text/html")
            case ["portal-201"]:
                self.answer(201, page, "text/html")
            case ["redirect", status]:
                self.answer(int(status), whole, Location=server.elsewhere)
            case ["status", status]:
                self.answer(int(status), {"error": "Something."})
            case ["plain", status]:
                self.answer(int(status), b"Internal Server Error", "text/plain")
            case ["huge"]:
                self.answer(201, json.dumps(whole).encode() + b" " * 3_000_000)
            case ["packed"]:
                self.answer(
                    201,
                    gzip.compress(json.dumps(whole).encode() + b" " * 50_000_000),
                    Content_Encoding="gzip",
                )
            case ["deep"]:
                self.answer(201, b"[" * 100_000)
            case ["list"]:
                self.answer(201, whole.get("receipts", []))
            case ["echo-200"]:
                self.answer(200, whole)
            case ["empty"]:
                self.answer(201, b"")
            case ["garbage"]:
                self.wfile.write(b"\x00\xff" * 500 + b"\r\n\r\n")
                self.close_connection = True
            case ["few"]:
                self.answer(201, first | {"receipts": whole.get("receipts", [])[:-1]})
            case ["none"]:
                self.answer(201, {"receipts": None})
            case ["words"]:
                self.answer(201, {"receipts": ["stored" for _ in whole.get("receipts", [])]})
            case ["others"]:
                self.answer(201, {"receipts": other})
            case ["higher"]:
                self.answer(201, {"receipts": higher})
            case ["truthy"]:
                self.answer(
                    201, {"receipts": [r | {"status": True} for r in whole.get("receipts", [])]}
                )
            case _:
                return False
        return True


@contextmanager
def serving(*given, **named):
    server = Faulty(*given, **named)
    thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.release.set()
        server.shutdown()
        server.server_close()
        thread.join()
