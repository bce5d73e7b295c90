"""A way to a server on which connections can die without a word, as after a sleep, or events be held back."""

import socket
import threading
from contextlib import suppress


class Wire:
    """Passes on what comes at `url` to a server's port. `die()` makes every connection so far silent for ever; with
    `hold_events` the head of an event stream passes, and nothing after it.
    """

    def __init__(self, port, *, hold_events=False):
        self._to, self._hold = port, hold_events
        self._dead, self._open = set(), []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def die(self):
        self._dead |= set(self._open)

    def close(self):
        # To close alone leaves Linux waiting for one more connection, which nobody then closes.
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._accepting.join(5)
        for near, far in self._open:
            near.close()
            far.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                pair = (near, socket.create_connection(("127.0.0.1", self._to)))
                self._open.append(pair)
                asked = threading.Event()
                for upwards in (True, False):
                    threading.Thread(
                        target=self._pass, args=(pair, asked, upwards), daemon=True
                    ).start()

    def _pass(self, pair, events, upwards):
        source, target = pair if upwards else pair[::-1]
        headed = False
        with suppress(OSError):
            while part := source.recv(65536):
                if upwards and b"/events" in part.split(b"\r\n")[0]:
                    events.set()
                if pair in self._dead:
                    continue
                if not upwards and self._hold and events.is_set():
                    if not headed:
                        target.sendall(part.split(b"\r\n\r\n")[0] + b"\r\n\r\n")
                    headed = True
                    continue
                target.sendall(part)
        if pair not in self._dead:
            for end in pair:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
