"""Recording: an operation is signed, sealed, chained and on the disk before anybody is told.

One transaction writes the envelope, the new head and the counter of registration numbers, so a
number that a person has seen is never issued again, and what failed has used up nothing. Only a
registration takes a number, of whichever kind; the counter stands still for whatever else is
recorded. What a clerk does is signed by the clerk's card before it is recorded: where the card does
not sign, nothing is; nor where the station's own key does not, because its token was pulled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final, overload
from uuid import UUID

from sync.edge import hybrid_clock, trouble
from sync.edge.clock import StationClock, moment
from sync.edge.station import ProfileError, StationProfile
from sync.edge.store import Head, JournalEntry, Store
from sync.edge.trouble import StoreTrouble
from sync.model import operation, registration_number, urgency
from sync.model.operation import Act, Numbered, Operation
from sync.model.urgency import Urgency
from sync.wire import envelope, proof
from sync.wire import parts as wire_parts
from sync.wire.envelope import Envelope, Label, OperatorSigner, Priority, Unsigned
from sync.wire.parts import Part, SealedPart
from sync.wire.sealing import SealingKey
from sync.wire.signer import NotSignedError, Signer

_UNSIGNED: Final = StoreTrouble("journal.unsigned")
"""Stands for a card that did not sign, on the way through the store; told as `Unsigned`."""


@dataclass(frozen=True, slots=True)
class Position:
    """The place that a registration is about to take.

    Attributes:
        prev: hash of the envelope before.
        counter: the station's own count of registration numbers, this one included.
        registration_number: the number that belongs to `counter`, canonical.
    """

    seq: int
    prev: bytes
    counter: int
    registration_number: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """A registration that is durable on this station.

    Attributes:
        hash: of its envelope.
        recorded_at: by the station's clock.
        again: True where it was recorded by an earlier call.
    """

    seq: int
    operation_id: UUID
    hash: bytes
    registration_number: str
    recorded_at: datetime
    again: bool
    _make_proof: Callable[[], str] = field(repr=False, compare=False)

    @property
    def proof(self) -> str:
        """Text of the QR code that proves the registration without a network.

        Signed when asked for: it is for the receipt, and recording does not wait for it. Empty
        where the station's key does not sign just then: the registration stands all the same.
        """
        try:
            return self._make_proof()
        except NotSignedError:
            return ""


@dataclass(frozen=True, slots=True)
class RecordedAct:
    """An operation without registration number that is durable on this station.

    Attributes:
        hash: of its envelope.
        recorded_at: by the station's clock.
        again: True where it was recorded by an earlier call.
    """

    seq: int
    operation_id: UUID
    hash: bytes
    recorded_at: datetime
    again: bool


class Journal:
    """Where a station records."""

    def __init__(
        self,
        store: Store,
        station: StationProfile,
        *,
        signer: Signer,
        sealing_key: SealingKey,
        clock: StationClock | None = None,
    ) -> None:
        """A journal in `store`, signed by the key that `station.signing_key()` names.

        Raises:
            ProfileError: `signer` is not the key of the station's certificate: the hub would
                refuse everything.
        """
        if signer.key_id != station.signing_key().key_id:
            raise ProfileError("the signing key does not belong to key/certificate.pem")
        self._store = store
        self._station = station
        self._signer = signer
        self._sealing_key = sealing_key
        self._clock = clock or StationClock()

    def prepare(self) -> None:
        """Does ahead what the next record can be spared; call it when a person begins to type."""
        self._sealing_key.prepare()

    @overload
    def record(
        self, operation_id: UUID, compose: Callable[[Position], Numbered]
    ) -> Recorded | StoreTrouble: ...

    @overload
    def record(
        self,
        operation_id: UUID,
        compose: Callable[[Position], Numbered],
        operator: OperatorSigner | None,
        parts: Sequence[Part] = (),
    ) -> Recorded | StoreTrouble | Unsigned: ...

    def record(
        self,
        operation_id: UUID,
        compose: Callable[[Position], Numbered],
        operator: OperatorSigner | None = None,
        parts: Sequence[Part] = (),
    ) -> Recorded | StoreTrouble | Unsigned:
        """Makes a registration durable; returns only after COMMIT.

        Ring the link afterwards (`WakeUp`); without, it sees what is new within seconds.
        Calling it again with the same `operation_id` returns what the first call recorded, and
        `compose` is not called: after a crash the caller repeats, and never doubles. Where the
        station's key does not sign nothing is recorded, and the trouble has the key store's code.

        Args:
            operation_id: of version 7, chosen once for what the person confirmed.
            compose: gives the operation its registration number; has no effect of its own, since
                it is called again where another program records at the same moment.
            operator: the card of the clerk who acts; None where nobody but the station does.
            parts: what travels apart, on the disk with the operation; `envelope.MOST_PARTS` at most.

        Raises:
            ValueError: the operation does not carry the number of its position, or it or a part is
                too large, or `operation_id` is that of an act.
        """
        sealed = self._sealed(operation_id, parts)
        made: list[tuple[JournalEntry, str]] = []
        refused: list[Unsigned] = []

        def fill(head: Head) -> JournalEntry | StoreTrouble:
            counter = head.counter + 1
            if counter >= registration_number.COUNTERS:
                return StoreTrouble(trouble.NUMBERS_EXHAUSTED)
            number = registration_number.issue(self._station.code, counter).text
            content = compose(Position(head.seq + 1, head.hash, counter, number))
            if content.registration_number != number:
                raise ValueError("an operation carries the registration number of its position")
            entry = self._entry(operation_id, head, counter, content, operator, sealed)
            if isinstance(entry, Unsigned):
                refused.append(entry)
                return _UNSIGNED
            if isinstance(entry, StoreTrouble):
                return entry
            made[:] = [(entry, number)]
            return entry

        entry = self._store.append(operation_id, fill)
        if isinstance(entry, StoreTrouble):
            return refused[-1] if entry is _UNSIGNED else entry
        if made and entry is made[0][0]:
            return self._recorded(entry, made[0][1], again=False)
        _same_kind(entry, operation.NUMBERED)
        number = registration_number.issue(self._station.code, entry.counter).text
        return self._recorded(entry, number, again=True)

    @overload
    def record_act(self, operation_id: UUID, act: Act) -> RecordedAct | StoreTrouble: ...

    @overload
    def record_act(
        self,
        operation_id: UUID,
        act: Act,
        operator: OperatorSigner | None,
        parts: Sequence[Part] = (),
    ) -> RecordedAct | StoreTrouble | Unsigned: ...

    def record_act(
        self,
        operation_id: UUID,
        act: Act,
        operator: OperatorSigner | None = None,
        parts: Sequence[Part] = (),
    ) -> RecordedAct | StoreTrouble | Unsigned:
        """Makes an operation durable that issues no registration number, as `record` does.

        Calling it again with the same `operation_id` returns what the first call recorded,
        whatever `act` is then.

        Raises:
            ValueError: `act` or a part is too large, or `operation_id` is that of another kind.
        """
        sealed = self._sealed(operation_id, parts)
        made: list[JournalEntry] = []
        refused: list[Unsigned] = []

        def fill(head: Head) -> JournalEntry | StoreTrouble:
            entry = self._entry(operation_id, head, head.counter, act, operator, sealed)
            if isinstance(entry, Unsigned):
                refused.append(entry)
                return _UNSIGNED
            if isinstance(entry, StoreTrouble):
                return entry
            made[:] = [entry]
            return entry

        entry = self._store.append(operation_id, fill)
        if isinstance(entry, StoreTrouble):
            return refused[-1] if entry is _UNSIGNED else entry
        _same_kind(entry, frozenset({operation.kind_of(act)}))
        return RecordedAct(
            seq=entry.seq,
            operation_id=entry.operation_id,
            hash=entry.hash,
            recorded_at=moment(entry.recorded_at),
            again=not (made and entry is made[0]),
        )

    def _entry(
        self,
        operation_id: UUID,
        head: Head,
        counter: int,
        content: Operation,
        operator: OperatorSigner | None,
        sealed: tuple[SealedPart, ...],
    ) -> JournalEntry | Unsigned | StoreTrouble:
        heard = self._store.heard()
        if isinstance(heard, StoreTrouble):
            return heard
        reading = self._clock.reading()
        hybrid = hybrid_clock.tick(reading, head.hybrid, heard)
        is_urgent = urgency.of(content) is Urgency.URGENT
        label = Label(
            operation_id,
            operation.kind_of(content),
            operation.VERSION,
            reading,
            priority=Priority.URGENT if is_urgent else Priority.NORMAL,
            hybrid=hybrid,
            parts=tuple(part.ref for part in sealed),
        )
        try:
            made = self._composed(
                envelope.Position(self._station.name, head.seq + 1, head.hash),
                label,
                content,
                operator,
            )
        except NotSignedError as error:
            return StoreTrouble(error.code)
        if isinstance(made, Unsigned):
            return made
        return JournalEntry(
            seq=head.seq + 1,
            operation_id=operation_id,
            kind=made.header.kind,
            counter=counter,
            recorded_at=reading.wall,
            hash=made.hash,
            envelope=made.data,
            hybrid=hybrid,
            parts=sealed,
            is_urgent=is_urgent and urgency.of_kind(made.header.kind) is not Urgency.URGENT,
        )

    def _sealed(self, operation_id: UUID, parts: Sequence[Part]) -> tuple[SealedPart, ...]:
        return tuple(
            wire_parts.seal(part, self._station.name, operation_id, self._sealing_key)
            for part in parts
        )

    def _composed(
        self,
        position: envelope.Position,
        label: Label,
        content: Operation,
        operator: OperatorSigner | None,
    ) -> Envelope | Unsigned:
        plain, signer, key = operation.to_plain(content), self._signer, self._sealing_key
        if operator is None:
            return envelope.compose(position, label, plain, signer=signer, sealing_key=key)
        return envelope.compose_signed(
            position, label, plain, signer=signer, sealing_key=key, operator=operator
        )

    def _recorded(self, entry: JournalEntry, number: str, *, again: bool) -> Recorded:
        return Recorded(
            seq=entry.seq,
            operation_id=entry.operation_id,
            hash=entry.hash,
            registration_number=number,
            recorded_at=moment(entry.recorded_at),
            again=again,
            _make_proof=partial(
                proof.make_proof,
                registration_number=number,
                recorded_at=entry.recorded_at,
                operation_hash=entry.hash,
                station=self._station.name,
                signer=self._signer,
            ),
        )


def _same_kind(entry: JournalEntry, kinds: frozenset[str]) -> None:
    """An operation id is chosen once, for one thing: a second kind under it is a defect."""
    if entry.kind not in kinds:
        raise ValueError(f"this operation id is of another kind: {entry.kind}")
