"""Ports of the loopback."""

from __future__ import annotations

import random
import socket

# Below the range from which the kernel numbers outgoing connections: a port of that range can be taken
# by a client while its server restarts, even by a client that keeps trying to reach that very server.
FIRST = 12_000
LAST = 29_999

_chance = random.SystemRandom()


def free_port() -> int:
    """One that nobody listens on."""
    while True:
        port = _chance.randint(FIRST, LAST)
        if _is_free(port):
            return port


def free_pair() -> int:
    """One that nobody listens on, nor on the next."""
    while True:
        port = free_port()
        if _is_free(port + 1):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) != 0
