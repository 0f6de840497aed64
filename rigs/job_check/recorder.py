"""A proxy in front of Flink on the loopback that wants a login.

It notes what is asked and what is answered, and can lose a request or an answer.
"""

from __future__ import annotations

import base64
import http.client
import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Callable
from urllib.parse import urlsplit

TIMEOUT_S = 200
USER, PASSWORD = "operator", "a: password"
LOGIN = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@dataclass(frozen=True)
class Trouble:
    """What happens at the first request whose path ends so.

    `answer`: Flink gets it, and its answer is lost. `all`: it is lost, and so is all that follows.
    `slots`: all TaskManagers are lost before it.
    """

    path_end: str
    loses: str


class Recorder:
    """In front of the cluster at `target`."""

    def __init__(self, target: Callable[[], str], lose_slots: Callable[[], None]) -> None:
        self._target = target
        self._lines: list[dict[str, object]] = []
        self._trouble: Trouble | None = None
        self._is_away = False
        self._lock = threading.Lock()
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.headers.get("Authorization") != LOGIN:
                    self._answer(401, b"")
                elif not recorder.loses(self.path, "all"):
                    if recorder.loses(self.path, "slots"):
                        lose_slots()
                    status, text = recorder.ask(self.command, self.path, body, self.headers.get("Content-Type"))
                    if not recorder.loses(self.path, "answer"):
                        self._answer(status, text)
                self.close_connection = True

            def _answer(self, status: int, text: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_PATCH = do_DELETE = _pass_on

            def log_message(self, format: str, *args: object) -> None:
                """Flink's own log is enough."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def begin(self, trouble: Trouble | None) -> None:
        """Forgets what it has noted; the trouble is to come."""
        with self._lock:
            self._lines.clear()
            self._trouble, self._is_away = trouble, False

    def struck(self) -> bool:
        """Whether there is no trouble to come."""
        with self._lock:
            return self._trouble is None

    def loses(self, path: str, what: str) -> bool:
        """Whether this request, or the answer to it, is lost."""
        with self._lock:
            trouble = self._trouble
            if trouble is not None and trouble.loses == what and path.endswith(trouble.path_end):
                self._trouble, self._is_away = None, what == "all"
                return True
            return self._is_away

    def ask(self, method: str, path: str, body: bytes, kind: str | None) -> tuple[int, bytes]:
        """Flink's answer, noted."""
        connection = http.client.HTTPConnection(urlsplit(self._target()).netloc, timeout=TIMEOUT_S)
        try:
            connection.request(method, path, body, {"Content-Type": kind} if kind else {})
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        line = {"method": method, "path": path, "status": answer.status, "answer": text.decode(errors="replace")}
        with self._lock:
            self._lines.append(line)
        return answer.status, text

    def text(self) -> str:
        """A line of JSON for each request since `begin`."""
        with self._lock:
            return "".join(json.dumps(line) + "\n" for line in self._lines)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
