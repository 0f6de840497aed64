"""A proxy on the loopback that notes what is asked of Flink, and what it answers."""

from __future__ import annotations

import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

TIMEOUT_S = 200
PASSED_ON = ("Content-Type", "Authorization")


class Recorder:
    """In front of the cluster at `target`."""

    def __init__(self, target: str) -> None:
        self._lines: list[dict[str, object]] = []
        self._lock = threading.Lock()
        address = urlsplit(target).netloc
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                kept = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
                connection = http.client.HTTPConnection(address, timeout=TIMEOUT_S)
                try:
                    connection.request(self.command, self.path, body, kept)
                    answer = connection.getresponse()
                    text = answer.read()
                finally:
                    connection.close()
                recorder.note(self.command, self.path, answer.status, text)
                self.send_response(answer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_PATCH = do_DELETE = _pass_on

            def log_message(self, format: str, *args: object) -> None:
                """Flink's own log is enough."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def note(self, method: str, path: str, status: int, text: bytes) -> None:
        line = {"method": method, "path": path, "status": status, "answer": text.decode(errors="replace")}
        with self._lock:
            self._lines.append(line)

    def clear(self) -> None:
        with self._lock:
            self._lines.clear()

    def text(self) -> str:
        """A line of JSON for each request since the last `clear`."""
        with self._lock:
            return "".join(json.dumps(line) + "\n" for line in self._lines)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
