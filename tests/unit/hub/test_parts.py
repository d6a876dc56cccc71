"""Parts that travel apart, from a station's store to the hub's registry, piece by piece."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.edge.journal import RecordedAct
from sync.edge.link.parting import LATER_SECONDS, Parting
from sync.edge.store import Store as EdgeStore
from sync.hub.parts import MISSING, Parts, Unopened, opened
from sync.hub.store import chains, shedding
from sync.hub.store import parts as kept
from sync.hub.watching import Certificates, Limits, look
from sync.wire import batch, parts
from sync.wire.batch import Stored
from sync.wire.parts import PIECE_BYTES, Part, PartAnswer, Piece
from tests.unit.edge.stations import HubKeys, Station, make_station
from tests.unit.hub.stations import HOUR, Bench
from tests.unit.model.examples import READY

COPY = Part("document_copy", os.urandom(PIECE_BYTES * 2 + 1000))


class Wire:
    """A pipe whose other end is the hub's own code; loses what it is told to."""

    def __init__(self, bench: Bench, name: str) -> None:
        self.bench = bench
        self.name = name
        self.hub = Parts(bench.signer, lambda: bench.now)
        self.sent: list[Piece] = []
        self.answers: list[PartAnswer] = []
        self.loses = False

    def publish(self, topic: str, payload: bytes, *, expiry: int = 0) -> int:
        assert topic.endswith(f"/up/{self.name}/part")
        assert expiry > 0
        self.sent.append(parts.read(payload))
        if self.loses:
            return 1
        said = self.hub.take(self.bench.store, self.name, payload)
        assert said is not None
        answer = parts.verify(said, self.bench.trust)
        assert answer is not None
        self.answers.append(answer)
        return 1


class Line:
    """A station with a journal, and the hub behind a wire."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        hub = HubKeys(bench.signer, bench.unsealing, HubKeys.generate().root)
        self.station: Station = make_station(folder, hub)
        self.name = self.station.profile.name
        self.bench = bench
        self.store: EdgeStore = self.station.store()
        with bench.store.transaction():
            spki = self.station.signer.verifying_key.spki
            chains.enrol(bench.store, self.name, 17, spki, bench.now)
        self.wire = Wire(bench, self.name)
        self.parting = Parting(self.name, self.store, lambda: 0.5)
        self.now = 1000.0

    def record(self, *given: Part) -> int:
        journal = self.station.journal(self.store)
        done = journal.record_act(uuid.uuid4(), READY, None, given)
        assert isinstance(done, RecordedAct)
        return done.seq

    def send_headers(self) -> None:
        found = self.store.to_send(1, most=50)
        assert isinstance(found, list)
        self.bench.take(self.name, batch.pack([Stored(seq, data) for seq, _, data in found]))

    def step(self, up_to: int = 50) -> None:
        """One turn of the link, a second later."""
        self.now += 1.0
        self.parting.send(self.wire, self.now, up_to=up_to)  # type: ignore[arg-type]  # a pipe's publish
        while self.wire.answers:
            self.parting.arrived(self.wire.answers.pop(0), self.now)

    def waiting(self) -> tuple[int, int]:
        found = self.store.parts.waiting()
        assert isinstance(found, tuple)
        return found

    def part(self, seq: int = 1) -> kept.Part:
        (found,) = kept.of_entry(self.bench.store, self.name, seq)
        return found

    def read(self, seq: int = 1) -> bytes | Unopened:
        key = self.bench.unsealing
        return opened(self.bench.store, self.name, self.part(seq).digest, {key.key_id: key})


@pytest.fixture
def line(bench: Bench, tmp_path: Path) -> Iterator[Line]:
    made = Line(bench, tmp_path / "station")
    yield made
    made.store.close()


def test_an_operation_is_decided_at_once_and_its_part_follows(line: Line) -> None:
    line.record(COPY)
    line.send_headers()
    line.bench.settle()
    (missing,) = kept.missing(line.bench.store)
    assert (missing.station, missing.seq, missing.parts) == (line.name, 1, 1)
    assert line.read() == Unopened(MISSING)
    for _ in range(5):
        line.step()
    assert line.waiting() == (0, 0)
    assert kept.missing(line.bench.store) == []
    assert line.read() == COPY.data


def test_nothing_is_sent_of_an_operation_that_the_hub_does_not_hold(line: Line) -> None:
    line.record(COPY)
    line.step(up_to=0)
    assert line.wire.sent == []
    line.step(up_to=1)
    assert line.wire.sent != []
    assert line.waiting()[0] == 1, "no entry names it at the hub"


def test_what_was_cut_short_goes_on_from_there(line: Line) -> None:
    line.record(COPY)
    line.send_headers()
    line.step()  # how far?
    line.step()  # the first piece
    line.wire.loses = True
    line.step()
    line.parting = Parting(line.name, line.store, lambda: 0.5)  # killed, and started again
    line.wire.loses = False
    line.wire.sent.clear()
    for _ in range(5):
        line.step()
    assert next(piece.offset for piece in line.wire.sent if piece.data) == PIECE_BYTES
    assert line.read() == COPY.data


def test_an_answer_that_never_comes_is_waited_for_and_then_asked_for_again(line: Line) -> None:
    line.record(COPY)
    line.send_headers()
    line.wire.loses = True
    for _ in range(10):
        line.step()
    assert len(line.wire.sent) == 1
    line.now += 100
    line.wire.loses = False
    for _ in range(8):
        line.step()
    assert line.read() == COPY.data


def test_a_spoilt_piece_is_thrown_away_and_sent_anew(line: Line) -> None:
    small = Part("document_copy", b"page")
    line.record(small)
    line.send_headers()
    line.step()
    digest, size = line.part().digest, line.part().size
    hub = line.wire.hub
    said = hub.take(line.bench.store, line.name, parts.pack(Piece(digest, 0, bytes(size))))
    assert said is not None
    answer = parts.verify(said, line.bench.trust)
    assert answer is not None
    assert (answer.trouble, answer.held, answer.is_complete) == (parts.DAMAGED, 0, False)
    line.parting.arrived(answer, line.now)
    line.step()
    assert line.read() == Unopened(MISSING)
    line.now += LATER_SECONDS
    for _ in range(3):
        line.step()
    assert line.read() == small.data


def test_pieces_twice_too_long_or_out_of_order_change_nothing(line: Line) -> None:
    line.record(COPY)
    line.send_headers()
    (held,) = kept.of_entry(line.bench.store, line.name, 1)
    take = line.wire.hub.take
    first = parts.pack(Piece(held.digest, 0, b"x" * 100))
    for message in (first, first, parts.pack(Piece(held.digest, 500, b"y"))):
        said = take(line.bench.store, line.name, message)
        assert said is not None
        answer = parts.verify(said, line.bench.trust)
        assert answer is not None
        assert answer.held == 100
    assert take(line.bench.store, line.name, b"noise") is None
    stranger = parts.pack(Piece(hashlib.sha256(b"?").digest(), 0, b"z"))
    said = take(line.bench.store, line.name, stranger)
    assert said is not None
    answer = parts.verify(said, line.bench.trust)
    assert answer is not None
    assert answer.trouble == parts.UNKNOWN


def test_it_is_destroyed_here_when_a_backup_there_has_it(line: Line) -> None:
    line.record(COPY)
    line.send_headers()
    for _ in range(6):
        line.step()
    found = line.store.parts.to_ask()
    assert isinstance(found, list)
    (part,) = found
    assert line.store.parts.data(part) != b""
    with line.bench.store.transaction():
        kept.secured(line.bench.store, line.bench.now + HOUR)
    line.now += 2000
    line.step()
    assert line.store.parts.to_ask() == []
    assert line.store.parts.data(part) == b""
    assert line.read() == COPY.data, "the hub has it still"


def test_the_stations_copy_is_in_the_entrys_own_transaction(line: Line) -> None:
    line.record(COPY, Part("delegation_paper", b"signed"))
    assert line.waiting()[0] == 2
    journal = line.station.journal(line.store)
    with pytest.raises(ValueError, match="too large"):
        journal.record_act(uuid.uuid4(), READY, None, [Part("scan", b"")])
    head = line.store.head()
    assert getattr(head, "seq", 0) == 1
    assert line.waiting()[0] == 2


def test_bytes_go_with_the_body(line: Line) -> None:
    line.record(COPY)
    line.send_headers()
    for _ in range(5):
        line.step()
    with line.bench.store.transaction():
        kept.shed(line.bench.store, line.name, 1, line.bench.now)
    assert line.read() == Unopened(MISSING)
    assert kept.sealed(line.bench.store, line.name, line.part().digest) == b""
    assert shedding.stations(line.bench.store) == []


def test_a_part_of_another_operation_does_not_open(line: Line) -> None:
    line.record(COPY)
    line.send_headers()
    sealed = parts.seal(COPY, line.name, uuid.uuid4(), line.bench.unsealing.sealing_key)
    other = parts.unseal(sealed.data, COPY.kind, line.name, uuid.uuid4(), line.bench.unsealing)
    assert other is None


def test_one_that_does_not_come_for_days_is_a_concern(line: Line) -> None:
    line.record(COPY)
    line.send_headers()
    now = line.bench.now
    codes = [one.code for one in look(line.bench.store, now, Certificates(), Limits())]
    assert "parts.missing" not in codes
    later = now + 4 * 24 * HOUR
    found = list(look(line.bench.store, later, Certificates(), Limits()))
    assert ("parts.missing", line.name) in [(one.code, one.subject) for one in found]
