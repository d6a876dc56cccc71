"""From a message of a station to the registry and a signed acknowledgement: exactly once.

A message may come twice, late, out of order, cut short, from somebody else or not at all. What
counts is the chain: an entry is taken only where it continues what is held, and only under a
signature of its station that covers it. The last signature of a run covers every hash before it,
so it alone is checked here; `sync.hub.audit` checks all the others afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sync.hub.registry import CALL_ASSISTANCE, Opened, Registry
from sync.hub.store import alarms, chains
from sync.hub.store.chains import Entry, Record, Station
from sync.hub.store.database import Store
from sync.model import operation
from sync.model.errors import Problem
from sync.wire import batch, envelope, receipt
from sync.wire.batch import Absent, Item
from sync.wire.canonical import Malformed
from sync.wire.envelope import Envelope
from sync.wire.receipt import Acknowledgement, Answer, Missing, Outcome, Refused
from sync.wire.sealing import UnsealingKey
from sync.wire.signer import Signer, VerifyingKey

UNKNOWN_STATION = "station.unknown"
MALFORMED = "batch.malformed"
GAP = "batch.gap"
FOREIGN_STATION = "envelope.station"
SIGNATURE = "envelope.signature"
BROKEN = "chain.broken"
FORK = "chain.fork"

_MOST_ANSWERS = 2 * batch.MOST_ITEMS


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of a message.

    Attributes:
        acknowledgement: signed, to be sent now that everything is committed.
        up_to: where the station's chain stands.
        stored: how many entries the message added; `refused` of them had no effect.
        trouble: why the message, or its rest, was not stored.
        alarm: whether the trouble is a first of its kind for this station.
    """

    acknowledgement: bytes
    up_to: int
    stored: int = 0
    refused: int = 0
    trouble: str | None = None
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class _Sifted:
    """The part of a message that may be stored.

    Attributes:
        fresh: continues the chain and is covered by a valid signature.
        late: envelopes of entries that were missing.
        trouble, seq: why the rest is not, and where it begins.
        evidence: proves a second history of the station.
    """

    fresh: tuple[Item, ...] = ()
    late: tuple[Envelope, ...] = ()
    trouble: str | None = None
    seq: int | None = None
    evidence: Envelope | None = None


class Ingest:
    """Takes messages, one after the other."""

    def __init__(
        self,
        registry: Registry,
        signer: Signer,
        unsealing: Sequence[UnsealingKey],
        clock: Callable[[], int],
    ) -> None:
        """Set up the door.

        Args:
            registry: decides what an operation does.
            signer: the hub's key for acknowledgements.
            unsealing: every key that stations may have sealed to.
            clock: milliseconds since 1970.
        """
        self._registry = registry
        self._signer = signer
        self._unsealing: Mapping[bytes, UnsealingKey] = {key.key_id: key for key in unsealing}
        self._clock = clock
        self._keys: dict[bytes, VerifyingKey] = {}

    def take(self, store: Store, name: str, message: bytes) -> Ingested:
        """Takes a message that came in the name of station `name`; one transaction.

        Raises:
            StoreError: it could not be stored; nothing changed and nothing may be acknowledged.
        """
        now = self._clock()
        station = chains.station(store, name)
        if station is None:
            return self._turn_away(store, name, now)
        try:
            items = batch.unpack(message)
        except Malformed as malformed:
            sifted, detail = _Sifted(trouble=MALFORMED), malformed.code
            items = ()
        else:
            sifted, detail = self._sift(store, station, items), ""
        contents = {batch.seq_of(item): self._read(item) for item in (*sifted.fresh, *sifted.late)}
        with store.transaction():
            refused = self._store(store, station, sifted, contents, now)
            alarm = _note(store, station, sifted, detail, now)
            head = sifted.fresh[-1] if sifted.fresh else None
            up_to = station.head_seq if head is None else batch.seq_of(head)
            acknowledgement = Acknowledgement(
                station=name,
                up_to=up_to,
                head=station.head_hash if head is None else head.hash,
                answers=_answers(store, name, items, up_to),
                hub_time=max(now, station.acknowledged_at + 1),
                trouble=sifted.trouble,
            )
            chains.acknowledge(store, name, acknowledgement.hub_time)
        return Ingested(
            acknowledgement=receipt.sign(acknowledgement, self._signer),
            up_to=up_to,
            stored=len(sifted.fresh) + len(sifted.late),
            refused=refused,
            trouble=sifted.trouble,
            alarm=alarm,
        )

    def _turn_away(self, store: Store, name: str, now: int) -> Ingested:
        """Answers a station that nobody enrolled: it keeps what it has until somebody does."""
        with store.transaction():
            alarm = alarms.raise_alarm(store, name, UNKNOWN_STATION, now)
        answer = Acknowledgement(name, 0, envelope.genesis(name), (), now, UNKNOWN_STATION)
        return Ingested(receipt.sign(answer, self._signer), 0, trouble=UNKNOWN_STATION, alarm=alarm)

    def _key(self, station: Station) -> VerifyingKey:
        key = self._keys.get(station.spki)
        if key is None:
            key = self._keys[station.spki] = VerifyingKey.from_spki(station.spki)
        return key

    def _sift(self, store: Store, station: Station, items: tuple[Item, ...]) -> _Sifted:
        key = self._key(station)
        if any(
            isinstance(item, Envelope) and item.header.station != station.name for item in items
        ):
            return _Sifted(trouble=FOREIGN_STATION, seq=batch.seq_of(items[0]))
        known = [item for item in items if batch.seq_of(item) <= station.head_seq]
        late: list[Envelope] = []
        if known:
            first = batch.seq_of(known[0])
            # One more at the front: what the first one must follow.
            held = {e.seq: e for e in chains.entries(store, station.name, first - 1, first + 50)}
            for item in known:
                verdict = _compare(item, held, station, key)
                if isinstance(verdict, _Sifted):
                    return verdict
                late += verdict
        run = items[len(known) :]
        if run and batch.seq_of(run[0]) > station.head_seq + 1:
            return _Sifted(late=tuple(late), trouble=GAP, seq=batch.seq_of(run[0]))
        return _continue(run, tuple(late), station, key)

    def _read(self, item: Item) -> Opened | Refused | Missing:
        """What an item holds, or why nobody can read it. Pure: outside the transaction."""
        if isinstance(item, Absent):
            return Missing()
        key = self._unsealing.get(item.header.sealing_key_id)
        if key is None:
            return Refused("body.sealing-key", None, CALL_ASSISTANCE)
        plain = envelope.open_body(item, key)
        if plain is None:
            return Refused("body.sealed", None, CALL_ASSISTANCE)
        found = operation.from_plain(item.header.kind, item.header.kind_version, plain)
        if isinstance(found, Problem):
            return Refused(found.code, found.rule, CALL_ASSISTANCE)
        return Opened(found, plain)

    def _store(
        self,
        store: Store,
        station: Station,
        sifted: _Sifted,
        contents: Mapping[int, Opened | Refused | Missing],
        now: int,
    ) -> int:
        """Stores what may be stored and enters it into the registry, in the station's order.

        Returns:
            How many operations were refused.
        """
        items = (*sifted.late, *sifted.fresh)
        operation_ids = [item.header.operation_id for item in items if isinstance(item, Envelope)]
        held = chains.operations_held(store, operation_ids)
        opened = [content for content in contents.values() if isinstance(content, Opened)]
        sitting = self._registry.sitting(store, station, opened, now)
        records: list[Record] = []
        for item in items:
            seq = batch.seq_of(item)
            outcome: Outcome
            content, number = contents[seq], None
            if isinstance(item, Envelope) and item.header.operation_id in held:
                outcome = Refused("operation.repeated", None, CALL_ASSISTANCE)
            elif isinstance(content, Opened):
                outcome, number = sitting.enter(content, seq)
            else:
                outcome = content
            if isinstance(item, Envelope):
                held.add(item.header.operation_id)
            records.append(Record(item, outcome, number))
        sitting.close()
        for record in records[: len(sifted.late)]:
            chains.fill(store, station.name, record, now)
        if sifted.fresh:
            chains.add(store, station.name, records[len(sifted.late) :], now)
        return sum(isinstance(record.outcome, Refused) for record in records)


def _compare(
    item: Item, held: Mapping[int, Entry], station: Station, key: VerifyingKey
) -> _Sifted | tuple[Envelope, ...]:
    """An item of which the hub holds an entry: a duplicate, a missing one found, or a fork."""
    entry = held[batch.seq_of(item)]
    if isinstance(item, Absent):
        # A bare hash proves nothing, so another one does not prove a second history either.
        return () if item.hash == entry.hash else _Sifted(trouble=BROKEN, seq=item.seq)
    if item.hash == entry.hash and not isinstance(entry.outcome, Missing):
        return ()
    if not envelope.verify(item, key):
        return _Sifted(trouble=SIGNATURE, seq=item.header.seq)
    before = held.get(entry.seq - 1)
    expected = envelope.genesis(station.name) if before is None else before.hash
    if item.hash != entry.hash or item.header.prev != expected:
        return _Sifted(trouble=FORK, seq=item.header.seq, evidence=item)
    return (item,)


def _continue(
    run: tuple[Item, ...], late: tuple[Envelope, ...], station: Station, key: VerifyingKey
) -> _Sifted:
    """As much of `run` as continues the chain under a valid signature."""
    if not run:
        return _Sifted(late=late)
    first = run[0]
    if isinstance(first, Envelope) and first.header.prev != station.head_hash:
        # It follows another entry than the one held: signed, that is a second history.
        if envelope.verify(first, key):
            return _Sifted(late=late, trouble=FORK, seq=first.header.seq, evidence=first)
        return _Sifted(late=late, trouble=SIGNATURE, seq=first.header.seq)
    linked = 1
    while linked < len(run) and _follows(run[linked], run[linked - 1]):
        linked += 1
    for end in range(linked, 0, -1):
        last = run[end - 1]
        if isinstance(last, Envelope) and envelope.verify(last, key):
            break
    else:
        return _Sifted(late=late, trouble=SIGNATURE, seq=batch.seq_of(first))
    if end == len(run):
        return _Sifted(fresh=run, late=late)
    trouble = BROKEN if end == linked else SIGNATURE
    return _Sifted(fresh=run[:end], late=late, trouble=trouble, seq=batch.seq_of(run[end]))


def _follows(item: Item, before: Item) -> bool:
    """Whether `item` names `before`. A bare hash names nothing: what follows it vouches for it."""
    return isinstance(item, Absent) or item.header.prev == before.hash


def _answers(store: Store, name: str, items: tuple[Item, ...], up_to: int) -> tuple[Answer, ...]:
    """Outcomes from the message's first entry on, also of what an earlier message brought.

    A station whose last acknowledgement was lost may ask again with a smaller batch than before,
    or with none: it is told everything up to `up_to`, as far as an acknowledgement has room.
    """
    first = batch.seq_of(items[0]) if items else up_to
    first = max(min(first, up_to - batch.MOST_ITEMS + 1), up_to - _MOST_ANSWERS + 1, 1)
    return tuple(
        Answer(entry.seq, entry.operation_id, entry.outcome)
        for entry in chains.entries(store, name, first, up_to)
    )


def _note(store: Store, station: Station, sifted: _Sifted, detail: str, now: int) -> bool:
    """Raises the alarm that a trouble deserves; a gap is ordinary and deserves none."""
    if sifted.trouble is None or sifted.trouble == GAP:
        return False
    if sifted.evidence is not None:
        alarms.keep_fork(store, station.name, sifted.evidence, now)
    return alarms.raise_alarm(
        store, station.name, sifted.trouble, now, seq=sifted.seq, detail=detail
    )
