"""Whatever is repeated, reordered, lost, cut off, forged or copied: a machine tries them all.

Hypothesis plays two stations, one of which may be copied (a fork), a lossy wire and a hub that
restarts and sheds bodies, and checks after every step that the hub holds one history of each
station, entry by entry, and that everything that was accepted exists once.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sync.hub import ingest
from sync.hub.retention import Retention, RetentionRule
from sync.hub.store import acts, alarms, chains, registrations
from sync.hub.store.database import Store
from sync.model import operation
from sync.model.operation import Operation
from sync.wire import batch, envelope, remnant
from sync.wire.batch import Absent, Item
from sync.wire.envelope import Envelope
from sync.wire.receipt import Accepted, Acknowledgement, Missing
from sync.wire.signer import SoftwareSigner
from tests.unit.hub.stations import Bench, Station, identification, preregistration
from tests.unit.model.examples import IDENTIFIED, READY

NAMES = ("kiosk-0001", "kiosk-0002")
COPIED = NAMES[1]
KINDS = (operation.PREREGISTRATION, operation.IDENTIFICATION, operation.READINESS)
which = st.sampled_from(NAMES)


class IngestMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sportello-hub-"))
        self.bench = Bench(Store.open(self.folder / "registry.db"))
        self.stations = {
            name: self.bench.enrolled(name, code) for code, name in enumerate(NAMES, 17)
        }
        self.copy: Station | None = None
        self.watermarks = dict.fromkeys(NAMES, 0)
        self.messages: list[tuple[str, bytes]] = []
        self.people = 0

    def teardown(self) -> None:
        if hasattr(self, "bench"):
            self.bench.store.close()
            shutil.rmtree(self.folder)

    def hand_in(self, name: str, message: bytes) -> Acknowledgement:
        acknowledgement = self.bench.take(name, message)[1]
        self.messages = [*self.messages[-20:], (name, message)]
        chain = self.stations[name].chain
        up_to = acknowledgement.up_to
        hashes = [envelope.genesis(name), *(one.hash for one in chain)]
        if acknowledgement.head in hashes[up_to : up_to + 1]:
            self.watermarks[name] = max(self.watermarks[name], up_to)
        return acknowledgement

    def next_person(self) -> int:
        self.people += 1
        return self.people

    @rule(name=which, kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=8))
    def record(self, name: str, kinds: list[str]) -> None:
        for kind in kinds:
            self.stations[name].record(self.next_operation(kind))

    def next_operation(self, kind: str) -> Operation:
        person = self.next_person()
        if kind == operation.IDENTIFICATION:
            return identification(person, fingers=IDENTIFIED.fingers)
        return READY if kind == operation.READINESS else preregistration(person)

    @rule(name=which)
    def record_rubbish(self, name: str) -> None:
        station = self.stations[name]
        station.chain.append(station.compose({"nothing": 1}))

    @rule(name=which, count=st.integers(1, 12))
    def send_next(self, name: str, count: int) -> None:
        chain = self.stations[name].chain
        first = self.watermarks[name]
        if first < len(chain):
            self.hand_in(name, batch.pack(chain[first : first + count]))

    @rule(name=which, first=st.integers(0, 40), count=st.integers(0, 12))
    def send_anything(self, name: str, first: int, count: int) -> None:
        self.hand_in(name, batch.pack(self.stations[name].chain[first : first + count]))

    @rule(name=which, data=st.data())
    def send_with_a_hole(self, name: str, data: st.DataObject) -> None:
        chain = self.stations[name].chain
        first = self.watermarks[name]
        items: list[Item] = list(chain[first : first + 6])
        if len(items) > 1:
            hole = data.draw(st.integers(0, len(items) - 2))
            items[hole] = Absent(batch.seq_of(items[hole]), items[hole].hash)
            self.hand_in(name, batch.pack(items))

    @rule(name=which, data=st.data())
    def send_with_invented_hashes(self, name: str, data: st.DataObject) -> None:
        """Of several absent entries in a row, all but the last may be anything."""
        chain = self.stations[name].chain
        first = self.watermarks[name]
        items: list[Item] = list(chain[first : first + 6])
        if len(items) > 2:
            begin = data.draw(st.integers(0, len(items) - 3))
            end = data.draw(st.integers(begin + 2, len(items) - 1))
            for place in range(begin, end):
                digest = items[place].hash if place == end - 1 else bytes([place]) * 32
                items[place] = Absent(batch.seq_of(items[place]), digest)
            self.hand_in(name, batch.pack(items))

    @precondition(lambda self: self.messages)
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        self.hand_in(*data.draw(st.sampled_from(self.messages)))

    @precondition(lambda self: self.messages)
    @rule(data=st.data())
    def replay_under_the_other_name(self, data: st.DataObject) -> None:
        name, message = data.draw(st.sampled_from(self.messages))
        self.hand_in(NAMES[1 - NAMES.index(name)], message)

    @precondition(lambda self: self.messages)
    @rule(data=st.data())
    def replay_damaged(self, data: st.DataObject) -> None:
        name, message = data.draw(st.sampled_from(self.messages))
        at = data.draw(st.integers(0, len(message) - 1))
        bit = data.draw(st.integers(0, 7))
        self.hand_in(name, message[:at] + bytes([message[at] ^ (1 << bit)]) + message[at + 1 :])

    @rule(name=which)
    def forge(self, name: str) -> None:
        station = self.stations[name]
        forged = station.compose(
            operation.to_plain(preregistration(9999)), signer=SoftwareSigner.generate()
        )
        assert self.hand_in(name, batch.pack([forged])).trouble is not None

    @rule(most=st.integers(1, 20))
    def decide(self, most: int) -> None:
        self.bench.ingest.decide(self.bench.store, most)

    @rule(share=st.floats(0, 1))
    def check_signatures(self, share: float) -> None:
        with self.bench.store.transaction():
            for station in chains.stations(self.bench.store):
                far = max(station.checked_seq, int(share * station.head_seq))
                chains.checked(self.bench.store, station.name, far)

    @rule(steps=st.integers(1, 6))
    def shed(self, steps: int) -> None:
        retention = Retention(RetentionRule(), self.bench.ingest, lambda: self.bench.now)
        for _ in range(steps):
            retention.step(self.bench.store)

    @rule()
    def restart(self) -> None:
        self.bench.store.close()
        self.bench.restart(Store.open(self.folder / "registry.db"))

    @rule(hours=st.integers(-50, 50))
    def change_the_clock(self, hours: int) -> None:
        self.bench.now += hours * 3_600_000

    @precondition(lambda self: self.copy is None and self.watermarks[COPIED])
    @rule()
    def copy_a_station(self) -> None:
        """From here on the copy records other things under the same numbers."""
        held = self.stations[COPIED]
        self.copy = held.copy()
        self.copy.chain = held.chain[: self.watermarks[COPIED]]
        self.copy.counter += 1000

    @precondition(lambda self: self.copy is not None)
    @rule(count=st.integers(1, 4))
    def the_copy_speaks(self, count: int) -> None:
        assert self.copy is not None
        if count % 2:
            self.copy.record(identification(9000, fingers=IDENTIFIED.fingers))
        self.copy.record_many(5000 + 10 * len(self.copy.chain), count - count % 2)
        station = chains.station(self.bench.store, COPIED)
        assert station is not None
        mine = len(self.copy.chain) - count
        self.bench.take(COPIED, batch.pack(self.copy.chain[mine:]))

    @invariant()
    def one_history_of_each_station(self) -> None:
        if not hasattr(self, "bench"):
            return
        store = self.bench.store
        accepted = dict.fromkeys(KINDS, 0)
        for name in NAMES:
            station = chains.station(store, name)
            assert station is not None
            held = chains.entries(store, name, 1, 10_000)
            assert [entry.seq for entry in held] == list(range(1, station.head_seq + 1))
            histories = [self.stations[name].chain]
            if self.copy is not None and name == COPIED:
                histories.append(self.copy.chain)
            # Each envelope held, and the hash before it, is what one history has there.
            hashes = [envelope.genesis(name), *(entry.hash for entry in held)]
            for entry in held:
                if not entry.is_missing:
                    link = (hashes[entry.seq - 1], entry.hash)
                    there = [h[entry.seq - 1] for h in histories if len(h) >= entry.seq]
                    assert link in [(one.header.prev, one.hash) for one in there]
            vouched = {entry.seq for entry in held if entry.is_vouched}
            assert {entry.seq for entry in held if not entry.is_missing} <= vouched
            assert not held or not held[-1].is_missing
            decided = chains.answers(store, name, 1, 10_000)
            assert station.decided_seq <= station.head_seq
            assert [one.seq for one in decided] == list(range(1, station.decided_seq + 1))
            kinds = self.kinds_held(name, histories)
            for one in decided:
                if one.outcome == Accepted():
                    accepted[kinds[one.seq]] += 1
        entered = registrations.registrations(store)
        numbered = accepted[operation.PREREGISTRATION]
        assert len({one.number for one in entered}) == len(entered) == numbered
        assert len(acts.identifications(store)) == accepted[operation.IDENTIFICATION]
        assert len(acts.reports(store)) == accepted[operation.READINESS]
        assert len({one.codice_fiscale for one in entered}) == len(entered)
        (letters,) = store.rows("SELECT count(*) FROM letter")[0]
        assert letters == numbered

    def kinds_held(self, name: str, histories: list[list[Envelope]]) -> dict[int, str]:
        """The kind of each entry, whose header is that of its history with or without its body."""
        own = {one.hash: one for history in histories for one in history}
        held = {one.seq: one.hash for one in chains.entries(self.bench.store, name, 1, 10_000)}
        key = self.stations[name].signer.verifying_key
        kinds = {}
        for seq, data in chains.envelopes(self.bench.store, name, 1, 10_000):
            if data is None:
                continue
            whole = own[held[seq]]
            kinds[seq] = whole.header.kind
            if data != whole.data:
                left = remnant.parse(data)
                assert left.header == whole.header
                assert remnant.verify(left, key)
                assert whole.header.kind == operation.IDENTIFICATION
        return kinds

    @invariant()
    def evidence_holds_no_body(self) -> None:
        if not hasattr(self, "bench"):
            return
        key = self.stations[COPIED].signer.verifying_key
        for _, data in alarms.forks(self.bench.store, COPIED):
            assert remnant.verify(remnant.parse(data), key)

    @invariant()
    def what_is_acknowledged_is_held(self) -> None:
        if not hasattr(self, "bench"):
            return
        for name, watermark in self.watermarks.items():
            station = chains.station(self.bench.store, name)
            assert station is not None
            assert station.head_seq >= watermark

    @rule()
    def in_the_end_everything_arrives(self) -> None:
        """A station that just goes on sending is done in the end, unless it was copied."""
        for name in NAMES:
            if self.copy is not None and name == COPIED:
                continue
            chain = self.stations[name].chain
            first = 0
            while first < len(chain):
                items = batch.leading(chain[first:])
                assert self.hand_in(name, batch.pack(items)).trouble is None
                first += len(items)
            held = chains.entries(self.bench.store, name, 1, 10_000)
            assert len(held) == len(chain)
            assert not any(entry.is_missing for entry in held)
            while self.bench.ingest.decide(self.bench.store, 50):
                pass
            decided = chains.answers(self.bench.store, name, 1, 10_000)
            assert len(decided) == len(chain)
            assert not any(isinstance(one.outcome, Missing) for one in decided)

    @invariant()
    def nobody_is_called_a_fork_who_is_none(self) -> None:
        if hasattr(self, "bench") and self.copy is None:
            assert ingest.FORK not in {alarm.code for alarm in alarms.alarms(self.bench.store)}


IngestMachine.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestIngest = IngestMachine.TestCase
