"""A hub and some counters, whole but for what lies between them: the network is a function call.

Journals, mirrors, chains, batches, acknowledgements, registry and home procedures are the product's
own. Argon2id alone has a quick stand-in here, a hash of the same form: a hundred thousand steps with
it would take a day, and what it is worth is shown elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from sync.edge.clock import StationClock, uuid7
from sync.edge.journal import Journal, Position, Recorded, RecordedAct
from sync.edge.link import answers
from sync.edge.link.dispatch import Entries
from sync.edge.link.packing import Message, pack
from sync.edge.mirror import Held, Mirror, MirrorTrouble
from sync.edge.mirror.keeping import Made
from sync.edge.store import Store as EdgeStore
from sync.edge.trouble import StoreTrouble
from sync.hub import changes, ingest, posting
from sync.hub.changes import Scope
from sync.hub.confirmation import KEY_BYTES, TokenKey
from sync.hub.decide import Decided, Decider
from sync.hub.home.checking import Comparer
from sync.hub.home.pace import Origin
from sync.hub.home.procedures import Procedures
from sync.hub.ingest import Ingest
from sync.hub.registry import Registry
from sync.hub.store import chains, operators
from sync.hub.store.database import Store
from sync.hub.store.operators import KnownOperator
from sync.model.counter import CounterAct, CounterRegistration
from sync.model.home import Conclusion
from sync.model.inquiry import Changes, CodesShown, Denied, Ticket
from sync.model.letter_number import letter_number
from sync.model.reconciliation import Stamp
from sync.model.rosters import OperatorEntry, Right
from sync.wire import envelope, receipt, secret_digest
from sync.wire.receipt import Accepted, Outcome, Refused
from sync.wire.sealing import UnsealingKey
from sync.wire.signer import SoftwareSigner
from sync.wire.trust import HubTrust
from tests.unit.edge.stations import HubKeys, make_station
from tests.workbench.authority import Authority

NOON: Final = 1_795_694_400_000  # 2026-11-26T12:00:00Z, in milliseconds
DAY: Final = 24 * 3_600_000
OFFICES: Final = ("Comune di Primo", "Comune di Secondo", "ASL Terza")
_DIGEST_KEY: Final = bytes(range(32))


def quick_digest(secret: bytes) -> str:
    """A text of the form of an Argon2id digest, the same for the same secret."""
    salt, tag = hashlib.sha256(b"salt" + secret).digest()[:16], hashlib.sha256(secret).digest()

    def b64(data: bytes) -> str:
        return base64.b64encode(data).decode("ascii").rstrip("=")

    return f"$argon2id$v=19$m=65536,t=3,p=1${b64(salt)}${b64(tag)}"


class QuickComparer(Comparer):
    """Compares as the product's does, by `quick_digest`."""

    def matches(self, kept: bytes | None, typed: bytes, context: bytes) -> bool:
        phc = None if kept is None else secret_digest.unprotect(kept, _DIGEST_KEY, context)
        return phc is not None and phc == quick_digest(typed)


@dataclass(frozen=True)
class Card:
    """An operator's card, which signs what it is given."""

    key: ec.EllipticCurvePrivateKey
    certificate: bytes

    @property
    def thumbprint(self) -> bytes:
        return hashlib.sha256(self.certificate).digest()

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self.key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)


class Hub:
    """The hub, and everything that it knows."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "registry.db"
        self.now = NOON
        self.signer, self.unsealing = SoftwareSigner.generate(), UnsealingKey.generate()
        self.letters = UnsealingKey.generate()
        self.trust = HubTrust(
            1,
            NOON,
            (self.signer.verifying_key,),
            (self.unsealing.sealing_key,),
            self.letters.sealing_key,
        )
        self.store = Store.open(self.path)
        self.decided: Callable[[Decided], None] = lambda _: None
        self.start()

    def start(self) -> None:
        """A hub program over the store."""
        comparer = QuickComparer(_DIGEST_KEY)
        message_id = posting.message_ids("hub.example")
        self.home = Procedures(comparer, _DIGEST_KEY, message_id)
        registry = Registry(
            TokenKey(bytes(KEY_BYTES)), message_id, comparer.protect, self.home.conclude
        )
        decider = Decider(registry, [self.unsealing], lambda: self.now)
        self.ingest = Ingest(decider, self.signer, lambda: self.now)

    def take(self, station: str, message: bytes) -> bytes:
        """A message of a station; the answer."""
        self.now += 1000
        taken = self.ingest.take(self.store, station, ingest.read(message))
        if taken.decided is not None:
            self.decided(taken.decided)
        return taken.acknowledgement

    def decide(self, most: int) -> tuple[str, bytes] | None:
        """Decides on what has waited longest; the station and what it is told."""
        done = self.ingest.decide(self.store, most)
        if done is None:
            return None
        self.decided(done[0])
        return done[0].station.name, done[1]

    def arrived(self, station: str, seq: int) -> int:
        """When an entry came."""
        row = self.store.row(
            "SELECT received_at FROM entry WHERE station = ? AND seq = ?", station, seq
        )
        assert row is not None
        return int(row[0])

    def kind(self, station: str, seq: int) -> str:
        """Of which kind of operation an entry is."""
        row = self.store.row(
            "SELECT envelope FROM entry WHERE station = ? AND seq = ?", station, seq
        )
        assert row is not None
        return envelope.parse(row[0]).header.kind

    def has_written_of(self, operation_id: str) -> bool:
        """Whether a letter says that those of an act do not stand."""
        rows = self.store.rows("SELECT facts FROM letter WHERE kind = 'overtaken'")
        void = letter_number(operation_id)
        return any(json.loads(facts).get("letters") == void for (facts,) in rows)

    def outcome(self, station: str, seq: int) -> Outcome:
        """What was decided of an entry."""
        return chains.answers(self.store, station, seq, seq)[0].outcome

    def restart(self) -> None:
        """The program ends and another begins."""
        self.store.close()
        self.store = Store.open(self.path)
        self.start()

    def enrol(self, name: str, code: int, spki: bytes) -> None:
        with self.store.transaction():
            chains.enrol(self.store, name, code, spki, self.now)

    def admit(self, cards: list[tuple[Card, str]]) -> None:
        """The roster: each card for one office, with every right."""
        entries = [
            KnownOperator(
                OperatorEntry(
                    card.thumbprint, office, office, frozenset(Right), (), date(2030, 1, 1)
                ),
                card.certificate,
            )
            for card, office in cards
        ]
        with self.store.transaction():
            operators.replace_all(self.store, entries, self.now)

    def check(self, code: str, secret: str, pin: str | None, station: str = "") -> Ticket | Denied:
        """A citizen shows the codes, at a kiosk or at home.

        At home each from an address of their own, so that nobody waits.
        """
        shown = CodesShown(code, secret, pin)
        self.now += 1000
        origin = Origin("address", f"192.0.2.{self.now % 250}-{self.now}")
        if station:
            origin = Origin.station(station)
        return self.home.check_codes(self.store, shown, origin, self.now)

    def conclude(self, conclusion: Conclusion) -> Outcome:
        """The end of a procedure on the hub's own pages."""
        self.now += 1000
        with self.store.transaction():
            return self.home.conclude(self.store, conclusion, self.now)


@dataclass
class Counter:
    """A counter with its journal, its mirror, its operator and its doubtful clock.

    Attributes:
        skew: milliseconds that its clock is ahead of the hub's.
        cut: no network.
    """

    name: str
    code: int
    office: str
    hub: Hub
    card: Card
    journal: Journal
    store: EdgeStore
    mirror: Mirror
    skew: int = 0
    cut: bool = False
    acts: list[str] = field(default_factory=list)
    known: int = 0

    def at(self) -> int:
        """What its clock says.

        No two clocks say the same millisecond: what is decided then depends on the data
        themselves (ADR 0132), which the reference does not weigh.
        """
        return self.hub.now + self.skew + self.code % 100

    def next_id(self) -> UUID:
        chance = hashlib.sha256(f"{self.name} {len(self.acts)}".encode()).digest()[:10]
        return uuid7(max(0, self.at()), chance)

    def record(self, act: CounterAct, operation_id: UUID) -> CounterAct:
        """Signed, durable, on top of the mirror; the act as recorded."""
        if isinstance(act, CounterRegistration):
            form, made = act, list[CounterRegistration]()

            def compose(position: Position) -> CounterRegistration:
                made[:] = [replace(form, registration_number=position.registration_number)]
                return made[0]

            recorded = self.journal.record(operation_id, compose, operator=self.card)
            assert isinstance(recorded, Recorded), recorded
            act = made[0]
        else:
            done = self.journal.record_act(operation_id, act, operator=self.card)
            assert isinstance(done, RecordedAct), done
        self.acts.append(operation_id.hex)
        stamp = Stamp(operation_id.hex, self.at(), self.name)
        assert self.mirror.note(act, stamp) is None
        return act

    def record_conclusion(self, done: Conclusion) -> str:
        """What a citizen chose here; its operation id."""
        operation_id = self.next_id()
        recorded = self.journal.record_act(operation_id, done)
        assert isinstance(recorded, RecordedAct), recorded
        self.acts.append(operation_id.hex)
        return operation_id.hex

    def of_person(self, codice_fiscale: str) -> Held | None:
        found = self.mirror.by_codice_fiscale(codice_fiscale)
        assert not isinstance(found, MirrorTrouble), found
        return found

    def send(self, most: int, *, lose_answer: bool) -> None:
        """One message to the hub, and its answer, which may get lost."""
        standing = self.store.standing()
        assert not isinstance(standing, StoreTrouble)
        message = pack(Entries(standing.watermark + 1, most, 0), self.store, known=standing.decided)
        if not isinstance(message, Message):
            return
        told = self.hub.take(self.name, message.data)
        if not lose_answer:
            self.hear(told)

    def hear(self, data: bytes) -> None:
        """An acknowledgement of the hub."""
        told = receipt.verify(data, self.hub.trust)
        assert told is not None
        standing = self.store.standing()
        assert not isinstance(standing, StoreTrouble)
        agreed = answers.judge(
            told, self.store, watermark=standing.watermark, decided=standing.decided
        )
        assert isinstance(agreed, answers.Agreed), agreed
        kept = self.store.acknowledge(
            agreed.watermark,
            agreed.decided,
            agreed.outcomes,
            data=data,
            hub_time=told.hub_time,
            sent_at=None,
            received_at=self.at(),
        )
        assert kept is None
        ids = self.store.operation_ids(1, standing.watermark + 1000)
        assert not isinstance(ids, StoreTrouble)
        for seq, outcome in agreed.outcomes.items():
            on_top = self.undecided()
            assert self.mirror.decided(ids[seq].hex, outcome) is None
            if isinstance(outcome, Refused) and ids[seq].hex in on_top:
                assert self.is_told_of(ids[seq].hex), outcome

    def undecided(self) -> list[str]:
        """The station's acts on top."""
        own = self.mirror.undecided()
        assert not isinstance(own, MirrorTrouble)
        return [each.operation_id for each in own]

    def is_told_of(self, operation_id: str) -> bool:
        """Whether a clerk finds a refused act in the list, or the hub has closed it already."""
        found = self.mirror._read(
            lambda raw: raw.execute(
                "SELECT made FROM dispute WHERE operation_id = ?", (operation_id,)
            ).fetchone()
        )
        return isinstance(found, tuple) and found[0] != Made.UNPRINTED

    def damage_mirror(self) -> None:
        """The file is broken; what the hub has not decided must be on top of the new one."""
        before = self.undecided()
        path = self.mirror.path
        self.mirror.close()
        for ending in ("-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
        path.write_bytes(b"x" * 8192)
        anew = Mirror.open(path, bytes(range(32)))
        assert isinstance(anew, Mirror), anew
        self.mirror = anew
        assert self.undecided() == before

    def look_for_outcomes(self) -> None:
        """What the store knows of acts that the mirror holds for undecided, as the kiosk asks it."""
        standing, verdicts = self.store.standing(), self.store.verdicts()
        own = self.mirror.undecided()
        assert not isinstance(standing, StoreTrouble)
        assert not isinstance(verdicts, StoreTrouble)
        assert not isinstance(own, MirrorTrouble)
        for act in own:
            entry = self.store.find(UUID(act.operation_id))
            assert entry is not None
            assert not isinstance(entry, StoreTrouble)
            if not act.accepted and entry.seq <= standing.decided:
                verdict = verdicts.get(entry.seq, Accepted())
                assert self.mirror.decided(act.operation_id, verdict) is None

    def pull(self, most: int = 100) -> bool:
        """One piece of the feed; whether there is more."""
        self.look_for_outcomes()
        question = self.mirror.question(most)
        assert not isinstance(question, MirrorTrouble)
        with self.hub.store.snapshot():
            told = changes.since(
                self.hub.store, question.position, question.most, Scope(), self.name
            )
        assert isinstance(told, Changes), told
        assert self.mirror.take(told, now=self.at()) is None
        return told.more

    def sync(self) -> None:
        """Everything, both ways."""
        for _ in range(100):
            standing = self.store.standing()
            head = self.store.head()
            assert not isinstance(standing, StoreTrouble)
            assert not isinstance(head, StoreTrouble)
            if standing.decided >= head.seq:
                break
            self.send(50, lose_answer=False)
            while (told := self.hub.decide(50)) is not None:
                if told[0] == self.name:
                    self.hear(told[1])
        while self.pull():
            pass

    def close(self) -> None:
        self.mirror.close()
        self.store.close()


class World:
    """Everything, in a folder of its own."""

    def __init__(self) -> None:
        # In memory where there is one: what a commit is worth is shown elsewhere.
        quick = Path("/dev/shm")
        self.folder = Path(
            tempfile.mkdtemp(prefix="sportello-model-", dir=quick if quick.is_dir() else None)
        )
        self.hub = Hub(self.folder)
        self.counters = [self._counter(place, office) for place, office in enumerate(OFFICES, 1)]
        self.hub.admit([(counter.card, counter.office) for counter in self.counters])

    def _counter(self, place: int, office: str) -> Counter:
        name, code = f"counter-{place}", 100 + place
        keys = HubKeys(self.hub.signer, self.hub.unsealing, SoftwareSigner.generate())
        station = make_station(self.folder / name, keys, name=name, code=code)
        self.hub.enrol(name, code, station.signer.verifying_key.spki)
        store = station.store()
        mirror = Mirror.open(self.folder / name / "mirror.db", bytes(range(32)))
        assert isinstance(mirror, Mirror), mirror
        counter = Counter(
            name, code, office, self.hub, card(name), station.journal(store), store, mirror
        )
        counter.journal = station.journal(store, _clock(counter.at))
        return counter

    def close(self) -> None:
        for counter in self.counters:
            counter.close()
        self.hub.store.close()
        shutil.rmtree(self.folder)


def _clock(now_ms: Callable[[], int]) -> StationClock:
    return StationClock(wall=lambda: now_ms() * 1_000_000, synchronised=lambda: True)


def card(name: str) -> Card:
    """A card of an operator."""
    credential = Authority.create(f"{name}-cards").issue_signing(name)
    return Card(credential.key, credential.certificate.public_bytes(serialization.Encoding.DER))


def last_day(now: int) -> date:
    """Sixty days from now."""
    return date(1970, 1, 1) + timedelta(days=now // DAY + 60)
