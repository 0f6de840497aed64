"""A server of S3 on the loopback, by moto. It keeps all in memory."""

from __future__ import annotations

import re
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from rigs.messages import Failure, show_tail
from rigs.ports import free_port
from rigs.processes import wait_until, words
from rigs.runs import Run

BUCKET = "callweave"
START_LIMIT_S = 60
ANSWER_LIMIT_S = 30
# A page of a list has up to a thousand.
KEY = re.compile("<Key>([^<]*)</Key>")


class S3:
    """With one bucket, which is empty."""

    def __init__(self, run: Run, command: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._log = run.log / "s3.out"
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._server = run.children.start_logged(words(command, "-H", "127.0.0.1", "-p", str(port)), self._log)

    def await_start(self) -> None:
        """Raises `Failure` where it does not take a bucket in time."""
        if not wait_until(lambda: self._ask("PUT", BUCKET) is not None, START_LIMIT_S, self._server.is_alive):
            show_tail([self._log])
            raise Failure(f"the server of S3 did not start within {START_LIMIT_S} s: see above")

    def keys(self, prefix: str) -> list[str]:
        """Of the first thousand objects whose keys begin so. Raises `Failure` where it does not answer."""
        return read_keys(self._answer("GET", f"{BUCKET}?list-type=2&prefix={prefix}").decode(errors="replace"))

    def put(self, key: str, content: bytes) -> None:
        """An object. Raises `Failure` where it is not taken."""
        self._answer("PUT", f"{BUCKET}/{key}", content)

    def get(self, key: str) -> bytes:
        """What is in an object. Raises `Failure` where it is not had."""
        return self._answer("GET", f"{BUCKET}/{urllib.parse.quote(key)}")

    def settings(self) -> tuple[str, ...]:
        """Flink's, for a server that is not Amazon's."""
        keys = ("s3.access-key=any", "s3.secret-key=any")
        return (f"s3.endpoint={self.url}", "s3.path.style.access=true", *keys)

    def _answer(self, method: str, path: str, content: bytes | None = None) -> bytes:
        answer = self._ask(method, path, content)
        if answer is None:
            show_tail([self._log])
            raise Failure(f"the server of S3 does not answer {method} {path}: see above")
        return answer

    def _ask(self, method: str, path: str, content: bytes | None = None) -> bytes | None:
        # Else it would be sent as the fields of a form, and read as such.
        kind = {"Content-Type": "application/octet-stream"}
        request = urllib.request.Request(f"{self.url}/{path}", data=content, headers=kind, method=method)
        try:
            with self._opener.open(request, timeout=ANSWER_LIMIT_S) as response:
                return bytes(response.read())
        except (urllib.error.URLError, OSError):
            return None


def read_keys(page: str) -> list[str]:
    """Of a list of objects.

    >>> read_keys("<Contents><Key>a/b</Key></Contents><Contents><Key>c</Key></Contents>")
    ['a/b', 'c']
    """
    return KEY.findall(page)
