"""Posting to the hub's pages: no answer keeps a device waiting longer than was allowed."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from sync.edge import posting


@pytest.fixture
def door() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        yield opened


def serve(door: socket.socket, head: bytes, *pieces: bytes, pause: float = 0.0) -> str:
    """Answers one call; its address."""

    def work() -> None:
        channel, _ = door.accept()
        with channel, contextlib.suppress(OSError):
            channel.recv(65536)
            for piece in (head, *pieces):
                channel.sendall(piece)
                time.sleep(pause)

    threading.Thread(target=work, daemon=True).start()
    return f"http://127.0.0.1:{door.getsockname()[1]}/x"


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: "]
)
def test_who_answers_byte_by_byte_is_not_listened_to_for_ever(
    door: socket.socket, head: bytes
) -> None:
    address = serve(door, head, *(b"x" for _ in range(30)), pause=0.1)
    began = time.monotonic()
    assert posting.post(address, b"question", seconds=0.5) == posting.UNREACHABLE
    assert time.monotonic() - began < 1.5


def test_an_answer_in_time_is_taken(door: socket.socket) -> None:
    address = serve(door, b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", b"an", b"sw", pause=0.05)
    assert posting.post(address, b"question", seconds=5) == b"answ"
