"""A network, and a broker, at their worst: MQTT messages lost, doubled, late, out of order, unheard.

A relay between stations and the broker that ends TLS on both sides, with certificates that the site
issued, and passes MQTT packets on whole. What it does to one happens to PUBLISH alone; the rest
keeps connections up. A message that it loses it acknowledges itself (PUBACK), as a broker does that
dies with what it took.
"""

from __future__ import annotations

import asyncio
import random
import ssl
import threading
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from tests.workbench.pki import Site

_PUBLISH: Final = 3
_PUBACK: Final = 4
_DUP: Final = 0x08
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Weather:
    """How likely a message meets each fate, from 0 to 1, and how late it may be.

    Attributes:
        lost: acknowledged and never passed on.
        doubled: passed on twice.
        late: held back for up to `seconds`, while others overtake it.
        seconds: see `late`.
    """

    lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.0
    seconds: float = 0.4


FAIR: Final = Weather()


@dataclass(eq=False)
class _Way:
    """One connection of a station, and ours to the broker for it."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    deaf: bool = False
    late: set[asyncio.Task[None]] = field(default_factory=set)


class UnrulyNetwork:
    """The wire between the stations and the broker. Start it with `with`.

    `weather` may be set at any moment. `done` counts what was done to messages.
    """

    def __init__(self, site: Site, seed: int = 1) -> None:
        """Between `site.ports.stations` and `site.ports.broker`, which must differ."""
        if site.ports.stations == site.ports.broker:
            raise ValueError("the site was made without a relay's port: Ports.free(relay=True)")
        self.weather = FAIR
        self.done: Counter[str] = Counter()
        self._site = site
        self._dice = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._ways: set[_Way] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._far = {name: self._credential(name) for name in site.stations}

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def cut(self) -> None:
        """Breaks every connection and refuses new ones, until `restore`."""
        self._call(self._cut())

    def sever(self) -> None:
        """Breaks every connection once; new ones get through."""
        self._call(self._abort())

    def half_open(self) -> None:
        """From here on every connection that is open passes nothing on, and is never closed.

        New ones get through, as after an address was given to somebody else.
        """
        self._call(self._deafen())

    def restore(self) -> None:
        """New connections get through again, and the weather is fair."""
        self.weather = FAIR
        self._call(self._listen())

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def _credential(self, name: str) -> ssl.SSLContext:
        """Ours in the name of a station."""
        into = self._site.folder / "relay" / name
        self._site.issue_client(name, into)
        context = ssl.create_default_context(cafile=str(self._site.broker_dir / "ca.pem"))
        context.load_cert_chain(into / f"{name}.pem", into / f"{name}.key")
        return context

    async def _listen(self) -> None:
        if self._server is not None:
            return
        folder: Path = self._site.broker_dir
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "broker.pem", folder / "broker.key")
        context.load_verify_locations(folder / "ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        self._server = await asyncio.start_server(
            self._accept, "127.0.0.1", self._site.ports.stations, ssl=context
        )

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._abort()

    async def _abort(self) -> None:
        for way in self._ways:
            for end in (way.near, way.far):
                end.transport.abort()

    async def _deafen(self) -> None:
        self.done["half-open"] += len(self._ways)
        for way in self._ways:
            way.deaf = True

    async def _end(self) -> None:
        await self._cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        name = _name(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection(
                "localhost", self._site.ports.broker, ssl=self._far[name]
            )
        except (OSError, KeyError):
            writer.transport.abort()
            return
        way = _Way(writer, far_writer)
        self._ways.add(way)
        try:
            with suppress(asyncio.CancelledError):  # the network ends
                await asyncio.gather(
                    self._pump(way, reader, writer, far_writer),
                    self._pump(way, far_reader, far_writer, writer),
                )
        finally:
            self._ways.discard(way)
            for late in way.late:
                late.cancel()
            await asyncio.gather(*way.late, return_exceptions=True)
            for end in (writer, far_writer):
                end.transport.abort()

    async def _pump(
        self,
        way: _Way,
        source: asyncio.StreamReader,
        back: asyncio.StreamWriter,
        target: asyncio.StreamWriter,
    ) -> None:
        """Passes packets on from `source` to `target`; `back` leads to who sent them."""
        with suppress(OSError, asyncio.IncompleteReadError):
            while packet := await _packet(source):
                if way.deaf:
                    continue
                if packet[0] >> 4 == _PUBLISH:
                    self._publish(way, packet, back, target)
                else:
                    target.write(packet)
                await target.drain()
        if way.deaf:  # the far end gave up; this end never hears of it
            await asyncio.Event().wait()
        for end in (back, target):
            end.transport.abort()

    def _publish(
        self, way: _Way, packet: bytes, back: asyncio.StreamWriter, target: asyncio.StreamWriter
    ) -> None:
        weather, dice = self.weather, self._dice.random()
        if dice < weather.lost:
            self.done["lost"] += 1
            number = _number(packet)
            if number is not None:
                back.write(bytes([_PUBACK << 4, 2]) + number)
            return
        dice -= weather.lost
        if dice < weather.doubled:
            self.done["doubled"] += 1
            target.write(packet)
            target.write(bytes([packet[0] | _DUP]) + packet[1:])
            return
        dice -= weather.doubled
        if dice < weather.late:
            self.done["late"] += 1
            late = asyncio.ensure_future(self._later(way, packet, target))
            way.late.add(late)
            late.add_done_callback(way.late.discard)
            return
        target.write(packet)

    async def _later(self, way: _Way, packet: bytes, target: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self._dice.uniform(0.0, self.weather.seconds))
        if not way.deaf and not target.is_closing():
            target.write(packet)


async def _packet(source: asyncio.StreamReader) -> bytes:
    """One whole MQTT control packet; raises `IncompleteReadError` at the end (MQTT 5.0, 2.1)."""
    head = await source.readexactly(1)
    size, shift = 0, 0
    while True:
        byte = await source.readexactly(1)
        head += byte
        size |= (byte[0] & 0x7F) << shift
        shift += 7
        if not byte[0] & 0x80:
            return head + await source.readexactly(size)


def _number(packet: bytes) -> bytes | None:
    """The packet identifier of a PUBLISH; None where it is of QoS 0 (MQTT 5.0, 3.3.2.2)."""
    if not packet[0] & 0x06:
        return None
    at = 1
    while packet[at] & 0x80:
        at += 1
    at += 1
    at += 2 + int.from_bytes(packet[at : at + 2], "big")
    return packet[at : at + 2]


def _name(writer: asyncio.StreamWriter) -> str:
    """The common name of the station's certificate."""
    subject = writer.get_extra_info("peercert").get("subject", ())
    return next((value for part in subject for key, value in part if key == "commonName"), "")
