"""From a message of a station to its chain and a signed acknowledgement: exactly once.

A message may come twice, late, out of order, cut short, from somebody else or not at all. What
counts is the chain: an entry is taken only where it continues what is held, and only under a
signature of its station that covers it. The last signature of a stretch of envelopes covers the
hash of every one before it, and of the absent entry before the first; so it alone is checked
here, and `sync.hub.audit` checks all the others afterwards. An absent entry names none before it:
what stands before it needs a signature of its own, and where that is an absent entry again,
nobody vouches for its hash. It is kept as missing, and whichever envelope its station signed for
the place is taken when it comes.

Several processes may take messages of one station at a time: all that is judged and written of a
message is one transaction that has the station to itself, and what one of them remembers is only
a guess at what the station knows.

What the entries do to the registry is decided at once where they are few, as they are while
people stand at a kiosk, and afterwards where a long journal comes in (`sync.hub.decide`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sync.hub.decide import Decided, Decider, Waiting
from sync.hub.device_ca import office as device_office
from sync.hub.device_ca.office import Office
from sync.hub.store import alarms, chains
from sync.hub.store.chains import Entry, Station
from sync.hub.store.database import Store
from sync.wire import batch, envelope, receipt
from sync.wire.batch import Absent, Batch, Item
from sync.wire.canonical import Malformed
from sync.wire.envelope import Envelope
from sync.wire.receipt import Acknowledgement, Answer
from sync.wire.signer import Signer, VerifyingKey

UNKNOWN_STATION = "station.unknown"
MALFORMED = "batch.malformed"
GAP = "batch.gap"
FOREIGN_STATION = "envelope.station"
SIGNATURE = "envelope.signature"
BROKEN = "chain.broken"
FORK = "chain.fork"
KNOWS_LESS = "station.knows-less"
"""Alarm: a station's chain ends before what is held of it. Its store was put back to a copy, or is one."""

FEW = 5
"""So many entries are decided on before they are acknowledged."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of a message.

    Attributes:
        acknowledgement: signed, to be sent now that everything is committed.
        up_to: where the station's chain stands.
        stored: how many entries the message added.
        decided: what was decided at once.
        trouble: why the message, or its rest, was not stored.
        alarm: whether the trouble is a first of its kind for this station.
    """

    acknowledgement: bytes
    up_to: int
    stored: int = 0
    decided: Decided | None = None
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


def read(message: bytes) -> Batch | Malformed:
    """A message taken apart, or what is wrong with it. Pure: in any thread."""
    try:
        return batch.read(message)
    except Malformed as malformed:
        return malformed


class Ingest:
    """Takes messages, one after the other."""

    def __init__(
        self,
        decider: Decider,
        signer: Signer,
        clock: Callable[[], int],
        office: Office | None = None,
    ) -> None:
        """Set up the door.

        Args:
            decider: decides what a stored operation does.
            signer: the hub's key for acknowledgements.
            clock: milliseconds since 1970.
            office: keeps when a registered station was heard; None: nobody does.
        """
        self._office = office
        self._decider = decider
        self._signer = signer
        self._clock = clock
        self._keys: dict[bytes, VerifyingKey] = {}
        # Up to where each station knows outcomes, by its last message and what it was told since.
        self._known: dict[str, int] = {}
        # Up to where any acknowledgement of this program went.
        self._told: dict[str, int] = {}

    def take(
        self, store: Store, name: str, message: Batch | Malformed, *, in_own_name: bool = True
    ) -> Ingested:
        """Takes a message, as `read`, that came in the name of station `name`.

        Args:
            store: the registry.
            name: whose it is.
            message: the message.
            in_own_name: whether the broker vouches that the station sent it. Otherwise another one
                passed it on: only what is signed counts, and nothing else raises an alarm or
                changes what the station is told on its own way.

        Raises:
            StoreError: it could not be stored; nothing may be acknowledged.
        """
        now = self._clock()
        if chains.station(store, name) is None:
            return self._turn_away(store, name, now, alarms_of=in_own_name)
        standing = device_office.trouble(store, name)
        if standing is not None:
            return self._silence(store, name, standing, now, alarms_of=in_own_name)
        with store.transaction(of=name):
            station = self._enrolled(store, name)
            if isinstance(message, Malformed):
                read = Batch(self._known.get(name, 0), ())
                sifted, detail = _Sifted(trouble=MALFORMED), message.code
            else:
                read = message
                sifted, detail = self._sift(store, station, read.items), ""
            if in_own_name:
                self._known[name] = read.known
            if sifted.fresh:
                chains.add(store, name, sifted.fresh, now)
            for late in sifted.late:
                chains.fill(store, name, late, now)
            alarm = (in_own_name or sifted.evidence is not None) and _note(
                store, station, sifted, detail, now
            )
            if read.end is not None and in_own_name:
                chains.announce(store, name, read.end.seq)
                _compare_end(store, station, read.end, now)
            hub_time = self._reserve_time(store, station)
        if sifted.fresh:
            self._note_seen(store, name, now)
        decided = None
        waiting = [*self._overdue(store, station, read), *_at_once(station, sifted)]
        if waiting:
            decided = self._decider.decide(store, station, waiting)
        last = batch.seq_of(sifted.fresh[-1]) if sifted.fresh else station.head_seq
        return Ingested(
            acknowledgement=self._acknowledge(
                store, name, read, hub_time, sifted.trouble, in_own_name=in_own_name
            ),
            up_to=last,
            stored=len(sifted.fresh) + len(sifted.late),
            decided=decided,
            trouble=sifted.trouble,
            alarm=alarm,
        )

    def _overdue(self, store: Store, station: Station, read: Batch) -> Waiting:
        """What came too late for its turn, now or before, and still has no other decision."""
        if not read.items or batch.seq_of(read.items[0]) > station.decided_seq:
            return ()
        first, last = batch.seq_of(read.items[0]), batch.seq_of(read.items[-1])
        return self._decider.overdue(store, station, first, last)

    def _note_seen(self, store: Store, name: str, now: int) -> None:
        """Keeps that a registered station was heard: a line of the Register may follow from it."""
        if self._office is not None and device_office.is_news(store, name, now):
            with store.transaction():
                device_office.seen(self._office, store, name, now)

    def decide(self, store: Store, most: int = batch.MOST_ITEMS) -> tuple[Decided, bytes] | None:
        """Decides on what has waited longest.

        Returns:
            What was decided and the acknowledgement that tells the station, or None where
            nothing waits.

        Raises:
            StoreError: nothing was decided.
        """
        decided = self._decider.next(store, most)
        if decided is None:
            return None
        # Told of what was decided just now, and no more: another process may have told of the rest.
        return decided, self._tell(store, decided.station.name, decided.first)

    def told(self, name: str) -> int:
        """Up to where a station was told outcomes since this program runs, or says it knows them."""
        return max(self._told.get(name, 0), self._known.get(name, 0))

    def tell(self, store: Store, name: str, seq: int) -> bytes:
        """An acknowledgement with the outcomes from the `seq`-th entry of a station on.

        For what was decided by a program that ended before it could tell.

        Raises:
            StoreError: nothing may be told.
            LookupError: the station is not enrolled.
        """
        known = self._known.get(name, 0)
        told = self._tell(store, name, seq)
        self._known[name] = known  # what comes before `seq` may still have to be told
        return told

    def _tell(self, store: Store, name: str, seq: int) -> bytes:
        with store.transaction(of=name):
            hub_time = self._reserve_time(store, self._enrolled(store, name))
        return self._acknowledge(store, name, Batch(seq - 1, ()), hub_time, None)

    def _enrolled(self, store: Store, name: str) -> Station:
        station = chains.station(store, name)
        if station is None:  # nothing takes an enrolled station away
            raise LookupError("a station that is not enrolled")
        return station

    def _turn_away(self, store: Store, name: str, now: int, *, alarms_of: bool) -> Ingested:
        """Answers a station that nobody enrolled: it keeps what it has until somebody does."""
        with store.transaction(of=name):
            alarm = alarms_of and alarms.raise_alarm(store, name, UNKNOWN_STATION, now)
        answer = Acknowledgement(name, 0, envelope.genesis(name), (), now, UNKNOWN_STATION)
        return Ingested(receipt.sign(answer, self._signer), 0, trouble=UNKNOWN_STATION, alarm=alarm)

    def silence(self, store: Store, name: str) -> bytes | None:
        """Tells a station that it is blocked or revoked, without having been asked.

        Returns:
            An acknowledgement, or None where it is neither, or has no chain.

        Raises:
            StoreError: nothing may be told.
        """
        trouble = device_office.trouble(store, name)
        if chains.station(store, name) is None or trouble is None:
            return None
        with store.transaction(of=name):
            station = self._enrolled(store, name)
            hub_time = self._reserve_time(store, station)
        return self._stopped(station, trouble, hub_time)

    def greet(self, store: Store, name: str) -> bytes | None:
        """Tells a station that may speak again, without having been asked.

        Returns:
            An acknowledgement, or None where it may not, or has no chain.

        Raises:
            StoreError: nothing may be told.
        """
        if chains.station(store, name) is None or device_office.trouble(store, name) is not None:
            return None
        return self.tell(store, name, self.told(name) + 1)

    def _silence(
        self, store: Store, name: str, trouble: str, now: int, *, alarms_of: bool
    ) -> Ingested:
        """Answers a station that is blocked or revoked: nothing is stored, it keeps what it has."""
        with store.transaction(of=name):
            station = self._enrolled(store, name)
            alarm = alarms_of and alarms.raise_alarm(store, name, trouble, now)
            hub_time = self._reserve_time(store, station)
        told = self._stopped(station, trouble, hub_time)
        return Ingested(told, station.head_seq, trouble=trouble, alarm=alarm)

    def _stopped(self, station: Station, trouble: str, hub_time: int) -> bytes:
        """Where its chain stands, and why it goes no further."""
        return receipt.sign(
            Acknowledgement(
                station.name, station.head_seq, station.head_hash, (), hub_time, trouble
            ),
            self._signer,
        )

    def _reserve_time(self, store: Store, station: Station) -> int:
        """The time of the next acknowledgement: later than every one before. In a transaction."""
        hub_time = max(self._clock(), station.acknowledged_at + 1)
        chains.acknowledge(store, station.name, hub_time)
        return hub_time

    def _acknowledge(
        self,
        store: Store,
        name: str,
        read: Batch,
        hub_time: int,
        trouble: str | None,
        *,
        in_own_name: bool = True,
    ) -> bytes:
        """What the station is told, signed; everything in it is committed.

        Of two acknowledgements the later one, by `hub_time`, never holds less: where another
        process has spoken to the station since, this one speaks once more. What another station
        passed on says nothing of what this one knows, and who passes the answer on may keep it.
        """
        with store.snapshot():
            station, told = self._enrolled(store, name), _answers(store, name, read)
        if station.acknowledged_at != hub_time:
            with store.transaction(of=name):
                station = self._enrolled(store, name)
                hub_time = self._reserve_time(store, station)
                told = _answers(store, name, read)
        # Should this get lost, the station says so: it asks with what it knows.
        if in_own_name:
            last = told[-1].seq if told else 0
            self._known[name] = max(read.known, last)
            self._told[name] = max(self._told.get(name, 0), last)
        return receipt.sign(
            Acknowledgement(
                name,
                station.head_seq,
                station.head_hash,
                told,
                hub_time,
                trouble,
                secured=station.secured_seq,
            ),
            self._signer,
        )

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
                for found in verdict:
                    late.append(found)
                    # The next item has to follow it.
                    seq = found.header.seq
                    held[seq] = Entry(seq, found.hash, is_missing=False, is_vouched=True)
        run = items[len(known) :]
        if run and batch.seq_of(run[0]) > station.head_seq + 1:
            return _Sifted(late=tuple(late), trouble=GAP, seq=batch.seq_of(run[0]))
        return _continue(run, tuple(late), station, key)


def _compare_end(store: Store, station: Station, end: Absent, now: int) -> None:
    """Raises an alarm where a station says that its chain is not the one that is held of it.

    It holds for whoever has the station's certificate: what it records is judged by its signature.
    """
    if end.seq > station.head_seq:
        return
    (held,) = chains.entries(store, station.name, end.seq, end.seq) or (None,)
    if held is not None and held.is_vouched and held.hash != end.hash:
        alarms.raise_alarm(store, station.name, FORK, now, seq=end.seq)
    elif end.seq < station.head_seq:
        alarms.raise_alarm(store, station.name, KNOWS_LESS, now, seq=end.seq)


def _at_once(station: Station, sifted: _Sifted) -> Waiting:
    """New entries that are decided before the answer: a few, if nothing waits."""
    fresh = [item for item in sifted.fresh if isinstance(item, Envelope)]
    no_holes = len(fresh) == len(sifted.fresh) <= FEW
    if not no_holes or station.decided_seq != station.head_seq:
        return ()
    return [(item.header.seq, item) for item in fresh]


def _compare(
    item: Item, held: Mapping[int, Entry], station: Station, key: VerifyingKey
) -> _Sifted | tuple[Envelope, ...]:
    """An item of which the hub holds an entry: a duplicate, a missing one found, or a fork."""
    entry = held[batch.seq_of(item)]
    if isinstance(item, Absent):
        # A bare hash proves nothing, so another one does not prove a second history either.
        if item.hash == entry.hash or not entry.is_vouched:
            return ()
        return _Sifted(trouble=BROKEN, seq=item.seq)
    if item.hash == entry.hash and not entry.is_missing:
        return ()
    if not envelope.verify(item, key):
        return _Sifted(trouble=SIGNATURE, seq=item.header.seq)
    is_other = entry.is_vouched and item.hash != entry.hash
    if is_other or not _joins(item, held.get(entry.seq - 1), station):
        return _Sifted(trouble=FORK, seq=item.header.seq, evidence=item)
    return (item,)


def _joins(item: Envelope, before: Entry | None, station: Station) -> bool:
    """Whether a missing envelope that has come follows the entry before it.

    Where that one is missing too, only this envelope says which hash it has.
    """
    if before is None:
        return item.header.prev == envelope.genesis(station.name)
    return before.is_missing or item.header.prev == before.hash


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
    end = _covered(run[:linked], key)
    if end == 0:
        return _Sifted(late=late, trouble=SIGNATURE, seq=batch.seq_of(first))
    if end == len(run):
        return _Sifted(fresh=run, late=late)
    trouble = BROKEN if end == linked else SIGNATURE
    return _Sifted(fresh=run[:end], late=late, trouble=trouble, seq=batch.seq_of(run[end]))


def _covered(run: tuple[Item, ...], key: VerifyingKey) -> int:
    """How many of the first items of a linked run are covered by a valid signature.

    The last one of each stretch of envelopes is asked: past an absent entry no signature reaches
    further back than to that entry's hash. A stretch ends early where only an earlier signature
    is valid, and the run ends with it.
    """
    covered = 0
    for stop, item in enumerate(run, 1):
        if isinstance(item, Absent) or (stop < len(run) and isinstance(run[stop], Envelope)):
            continue
        covered = next(
            (
                end
                for end in range(stop, covered, -1)
                if isinstance(last := run[end - 1], Envelope) and envelope.verify(last, key)
            ),
            covered,
        )
        if covered < stop:
            break
    return covered


def _follows(item: Item, before: Item) -> bool:
    """Whether `item` names `before`. A bare hash names nothing: what follows it vouches for it."""
    return isinstance(item, Absent) or item.header.prev == before.hash


def _answers(store: Store, name: str, read: Batch) -> tuple[Answer, ...]:
    """What was decided: about the message's own entries, and on from where the station knows.

    Without a gap after `known`, and as far as an acknowledgement has room.
    """
    after = chains.answers(store, name, read.known + 1, read.known + receipt.MOST_ANSWERS)
    told = {
        answer.seq: answer
        for place, answer in enumerate(after, read.known + 1)
        if answer.seq == place
    }
    if read.items:
        first, last = batch.seq_of(read.items[0]), batch.seq_of(read.items[-1])
        again = chains.answers(store, name, first, last)
        told = {answer.seq: answer for answer in again} | told
    in_order = [told[seq] for seq in sorted(told)]
    return tuple(in_order[: receipt.MOST_ANSWERS])


def _note(store: Store, station: Station, sifted: _Sifted, detail: str, now: int) -> bool:
    """Raises the alarm that a trouble deserves; a gap is ordinary and deserves none."""
    if sifted.trouble is None or sifted.trouble == GAP:
        return False
    if sifted.evidence is not None:
        # Two histories need nobody's data to be proven, and who is deleted must not stay here.
        alarms.keep_fork(store, station.name, sifted.evidence, now)
    return alarms.raise_alarm(
        store, station.name, sifted.trouble, now, seq=sifted.seq, detail=detail
    )
