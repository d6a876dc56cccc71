"""A broker that speaks MQTT 3.1.1 alone, byte by byte: enough of it to let one client subscribe."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import Self

LEVEL_3_1_1 = 4


class OlderBroker:
    """TLS on loopback; answers a CONNECT of another level with `refusal` and hangs up.

    Attributes:
        levels: protocol level of each CONNECT.
        subscriptions: topic filters of each SUBSCRIBE.
    """

    def __init__(self, port: int, context: ssl.SSLContext, refusal: bytes) -> None:
        self.levels: list[int] = []
        self.subscriptions: list[str] = []
        self._context = context
        self._refusal = refusal
        self._door = socket.create_server(("127.0.0.1", port))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                raw, _ = self._door.accept()
            except OSError:
                return
            try:
                with self._context.wrap_socket(raw, server_side=True) as channel:
                    self._talk(channel)
            except OSError:
                continue
            finally:
                raw.close()

    def _talk(self, channel: ssl.SSLSocket) -> None:
        while (head := channel.recv(1)) != b"":
            body = self._rest(channel)
            match head[0] >> 4:
                case 1:
                    self.levels.append(body[6])
                    if body[6] != LEVEL_3_1_1:
                        channel.sendall(self._refusal)
                        return
                    channel.sendall(b"\x20\x02\x00\x00")
                case 3:
                    if head[0] >> 1 & 3:  # a quality of service that is acknowledged
                        behind_topic = 2 + int.from_bytes(body[:2])
                        channel.sendall(b"\x40\x02" + body[behind_topic : behind_topic + 2])
                case 8:
                    filters = _filters(body[2:])
                    self.subscriptions += filters
                    granted = bytes([1] * len(filters))
                    channel.sendall(b"\x90" + bytes([2 + len(granted)]) + body[:2] + granted)
                case 12:
                    channel.sendall(b"\xd0\x00")
                case _:
                    return

    @staticmethod
    def _rest(channel: ssl.SSLSocket) -> bytes:
        """The variable header and payload (MQTT 3.1.1, 2.2.3)."""
        length, shift = 0, 0
        while True:
            (byte,) = channel.recv(1)
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        body = b""
        while len(body) < length:
            body += channel.recv(length - len(body))
        return body


def _filters(payload: bytes) -> list[str]:
    """The topic filters of a SUBSCRIBE (MQTT 3.1.1, 3.8.3)."""
    found = []
    while payload:
        end = 2 + int.from_bytes(payload[:2])
        found.append(payload[2:end].decode())
        payload = payload[end + 1 :]
    return found
