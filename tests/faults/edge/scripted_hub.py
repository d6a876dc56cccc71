"""A hub to edit: it keeps the protocol over a real broker, unless a test tells it not to.

It verifies and keeps chains as the real one does, in memory, and decides nothing: every operation
is accepted unless the test says otherwise.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from uuid import UUID

import paho.mqtt.client as mqtt

from sync.wire import batch, envelope, receipt, topics
from sync.wire.batch import Absent, Batch
from sync.wire.receipt import Accepted, Acknowledgement, Answer, Missing, Outcome
from sync.wire.signer import SoftwareSigner, VerifyingKey
from tests.emulated.mqtt import Visitor
from tests.workbench.pki import Site

START = 1_800_000_000_000


@dataclass
class Held:
    """What the hub holds of one entry."""

    hash: bytes
    operation_id: UUID | None
    outcome: Outcome


@dataclass
class Script:
    """What goes wrong.

    Attributes:
        silent: entries that are never answered when they come whole.
        swallow: so many messages are not answered.
        repeat: every acknowledgement is sent so many times.
        foreign: acknowledgements of a stranger are sent before each of the hub's own.
        decides: whether outcomes are told with the acknowledgement.
        outcomes: by place, where not accepted.
        lie: changes what is said before it is signed.
    """

    silent: set[int] = field(default_factory=set)
    swallow: int = 0
    repeat: int = 1
    foreign: SoftwareSigner | None = None
    decides: bool = True
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    lie: Callable[[Acknowledgement], Acknowledgement] = lambda said: said


class ScriptedHub:
    """Answers one station. Start it with `with`."""

    def __init__(self, site: Site, station: str, port: int | None = None) -> None:
        self.script = Script()
        self.chain: list[Held] = []
        self.heard: list[Batch] = []
        self.said: list[bytes] = []
        self.time = START
        self._station = station
        self._genesis = envelope.genesis(station)
        keys = site.hub_dir / "keys" / "signing.pem"
        self.signer = SoftwareSigner.from_pem(keys.read_bytes())
        certificate = site.stations[station] / "key" / "certificate.pem"
        self._key = VerifyingKey.from_certificate(certificate.read_bytes())
        self._site = site
        self._port = port or site.ports.broker
        self._visitor: Visitor | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        credential: tuple[Path, str] = (self._site.hub_dir / "tls", "hub")
        visitor = Visitor(self._port, credential, ca=self._site.broker_dir / "ca.pem")
        visitor.client.on_message = self._on_message
        visitor.client.on_connect = self._on_connect  # also after the broker was away
        self._visitor = visitor.connect().listen(topics.OPERATIONS_OF_ALL)
        return self

    def __exit__(self, *_: object) -> None:
        if self._visitor is not None:
            self._visitor.close()
            self._visitor = None

    @property
    def up_to(self) -> int:
        return len(self.chain)

    @property
    def whole(self) -> list[int]:
        """Places of the entries that came whole."""
        return [
            place
            for place, held in enumerate(self.chain, 1)
            if not isinstance(held.outcome, Missing)
        ]

    def push(self, data: bytes) -> None:
        """Says something unasked."""
        if self._visitor is not None:
            self._visitor.client.publish(topics.acknowledgements(self._station), data, qos=1)

    def acknowledgement(self, known: int = 0, trouble: str | None = None) -> Acknowledgement:
        """What the hub would say now."""
        self.time += 1
        answers = [
            Answer(place, held.operation_id, held.outcome)
            for place, held in enumerate(self.chain, 1)
            if place > known
        ]
        return Acknowledgement(
            station=self._station,
            up_to=len(self.chain),
            head=self.chain[-1].hash if self.chain else self._genesis,
            answers=tuple(answers[: receipt.MOST_ANSWERS]) if self.script.decides else (),
            hub_time=self.time,
            trouble=trouble,
        )

    def sign(self, acknowledgement: Acknowledgement) -> bytes:
        return receipt.sign(acknowledgement, self.signer)

    def _on_connect(self, client: mqtt.Client, *_: object) -> None:
        client.subscribe(topics.OPERATIONS_OF_ALL, 1)

    def _on_message(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        with self._lock:
            read = batch.read(bytes(message.payload))
            self.heard.append(read)
            script = self.script
            whole = {batch.seq_of(item) for item in read.items if not isinstance(item, Absent)}
            if whole & script.silent:
                return
            trouble = self._take(read)
            if script.swallow:
                script.swallow -= 1
                return
            made = script.lie(self.acknowledgement(read.known, trouble))
            if script.foreign is not None:
                self.push(receipt.sign(made, script.foreign))
            data = self.sign(made)
            self.said.append(data)
            for _ in range(script.repeat):
                self.push(data)

    def _take(self, read: Batch) -> str | None:
        for item in read.items:
            place = batch.seq_of(item)
            if place > len(self.chain) + 1:
                return "batch.gap"
            if isinstance(item, Absent):
                held = Held(item.hash, None, Missing())
            else:
                assert envelope.verify(item, self._key)
                outcome = self.script.outcomes.get(place, Accepted())
                held = Held(item.hash, item.header.operation_id, outcome)
            if place <= len(self.chain):
                assert self.chain[place - 1].hash == item.hash
                if isinstance(self.chain[place - 1].outcome, Missing):
                    self.chain[place - 1] = held
            else:
                self.chain.append(held)
        return None
