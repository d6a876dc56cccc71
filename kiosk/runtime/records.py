"""Records what a person confirmed, and tells how far it has come.

The store is opened when it is first needed and again whenever it could not be opened before: a
disk that was full or read-only is mended without a restart.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

from kiosk import log_events
from kiosk.flows import effects, events
from kiosk.flows.events import Event
from kiosk.flows.receipt import Receipt
from sync.edge.clock import StationClock, uuid7
from sync.edge.journal import Journal, Position, Recorded, RecordedAct
from sync.edge.link.status import LinkStatus, read_link_status
from sync.edge.outbox import Outbox, OutboxEntry
from sync.edge.station import StationProfile
from sync.edge.store import JournalEntry, Store
from sync.edge.trouble import StoreTrouble
from sync.edge.vault import Vault
from sync.model import registration_number
from sync.model.errors import Problem
from sync.model.operation import Act, Numbered
from sync.model.preregistration import Preregistration
from sync.wire.envelope import OperatorSigner, Unsigned
from sync.wire.parts import Part
from sync.wire.receipt import Accepted, Outcome
from sync.wire.sealing import SealingKey
from sync.wire.signer import Signer
from sync.wire.trust import TrustTrouble

_Failed = TypeVar("_Failed", StoreTrouble, Unsigned, StoreTrouble | Unsigned)


@dataclass(frozen=True, slots=True)
class _Open:
    store: Store
    journal: Journal
    outbox: Outbox
    trust_list: tuple[int, int]
    auditor: SealingKey | None


class Records:
    """The journal and the outbox, for the flows.

    Args:
        profile: the station.
        signer: signs every operation.
        office: name of the office, for the receipt.
        post: takes the outcome.
        recorded: told after each record, to wake the link.
        new_operation_id: a fresh one, of version 7.
        vault: seals the journal; None at a station without key store.
        pages: what travels with an act, apart from it.
    """

    def __init__(  # noqa: PLR0913 - what the program put together, each by its name
        self,
        profile: StationProfile,
        signer: Signer,
        *,
        office: str,
        post: Callable[[Event], None],
        recorded: Callable[[], object],
        new_operation_id: Callable[[], UUID] = lambda: uuid7(StationClock().now_ms()),
        refusal: Callable[[], str] = lambda: "",
        vault: Vault | None = None,
        pages: Callable[[UUID, Act], Sequence[Part]] = lambda _operation_id, _act: (),
    ) -> None:
        self._vault = vault
        self._pages = pages
        self._profile = profile
        self._signer = signer
        self._office = office
        self._post = post
        self._recorded = recorded
        self._new_operation_id = new_operation_id
        self._refusal = refusal
        self._open: _Open | None = None
        self._opening = threading.Lock()

    def open(self) -> StoreTrouble | None:
        """Open the store, or say why it cannot be used now."""
        opened = self._opened()
        if isinstance(opened, StoreTrouble):
            return opened
        opened.journal.prepare()
        return None

    def store(self) -> Store | StoreTrouble:
        """The open store, or why it cannot be used now."""
        opened = self._opened()
        return opened if isinstance(opened, StoreTrouble) else opened.store

    def auditor(self) -> SealingKey | None:
        """Whom the audit trail is sealed to; None where the hub has named nobody, or is not known."""
        opened = self._opened()
        return None if isinstance(opened, StoreTrouble) else opened.auditor

    def close(self) -> None:
        """Close the store."""
        if self._open is not None:
            self._open.store.close()
            self._open = None

    def record(self, effect: effects.Record, language: str) -> None:
        """Make an operation durable; posts `Recorded` or `RecordFailed`. Blocks for the disk."""
        began = time.monotonic()
        opened = self._opened_to_record()
        if isinstance(opened, StoreTrouble):
            self._failed(effect.operation_id, opened)
            return

        def compose(position: Position) -> Preregistration:
            return _with_number(effect, position.registration_number)

        match opened.journal.record(effect.operation_id, compose):
            case StoreTrouble() as trouble:
                self._failed(effect.operation_id, trouble)
            case recorded:
                self._tell_recorded(recorded.seq, again=recorded.again, began=began)
                self._post(events.Recorded(self._receipt(effect, recorded, language)))
                opened.journal.prepare()

    def register(
        self,
        operation_id: UUID,
        compose: Callable[[str], Numbered],
        operator: OperatorSigner,
    ) -> Recorded | StoreTrouble | Unsigned:
        """Make a registration durable that a clerk made; tells the link, posts nothing. Blocks.

        Args:
            operation_id: as in `Journal.record`.
            compose: gives the operation the registration number.
            operator: the clerk's card.
        """
        began = time.monotonic()
        opened = self._opened_to_record()
        if isinstance(opened, StoreTrouble):
            return self._logged(opened)
        done = opened.journal.record(
            operation_id, lambda position: compose(position.registration_number), operator
        )
        if not isinstance(done, Recorded):
            return self._logged(done)
        self._tell_recorded(done.seq, again=done.again, began=began)
        opened.journal.prepare()
        return done

    def new_operation_id(self) -> UUID:
        """A fresh one, of version 7."""
        return self._new_operation_id()

    def act(
        self, operation_id: UUID, act: Act, operator: OperatorSigner | None = None
    ) -> RecordedAct | StoreTrouble | Unsigned:
        """Make an act durable; tells the link, posts nothing. Blocks for disk and card."""
        began = time.monotonic()
        opened = self._opened_to_record()
        if isinstance(opened, StoreTrouble):
            return self._logged(opened)
        pages = self._pages(operation_id, act)
        done = opened.journal.record_act(operation_id, act, operator, pages)
        if not isinstance(done, RecordedAct):
            return self._logged(done)
        self._tell_recorded(done.seq, again=done.again, began=began)
        opened.journal.prepare()
        return done

    def has(self, operation_id: UUID) -> bool:
        """Whether an operation is in the journal; not, where the store cannot be read."""
        opened = self._opened()
        return not isinstance(opened, StoreTrouble) and isinstance(
            opened.store.find(operation_id), JournalEntry
        )

    def outcome(self, operation_id: UUID) -> Outcome | StoreTrouble | None:
        """What the hub made of an operation of this station; None where that is not known yet."""
        opened = self._opened()
        if isinstance(opened, StoreTrouble):
            return opened
        entry = opened.store.find(operation_id)
        if isinstance(entry, StoreTrouble):
            return entry
        standing = opened.store.standing()
        if isinstance(standing, StoreTrouble):
            return standing
        if entry is None or entry.seq > standing.decided:
            return None
        verdicts = opened.store.verdicts()
        if isinstance(verdicts, StoreTrouble):
            return verdicts
        return verdicts.get(entry.seq, Accepted())

    def record_act(self, session_id: UUID, operation_id: UUID, act: Act) -> None:
        """Make an operation durable that has no registration number; blocks for the disk.

        Posts `ActRecorded` or `ActNotRecorded`. Asked for again with the same `operation_id` it
        posts what the first call recorded.
        """
        done = self.act(operation_id, act)
        if not isinstance(done, RecordedAct):
            self._post(events.ActNotRecorded(session_id, operation_id, done.code))
            return
        self._post(
            events.ActRecorded(session_id, operation_id, self._new_operation_id(), done.recorded_at)
        )

    def look_up(self, session_id: UUID, number: str) -> None:
        """Tell how far a registration of this station has come. Blocks for the disk."""
        opened = self._opened()
        if isinstance(opened, StoreTrouble):
            self._post(events.StatusFailed(session_id, number, opened.code))
            return
        parsed = registration_number.parse(number)
        if isinstance(parsed, Problem) or parsed.station != self._profile.code:
            self._post(events.StatusUnknown(session_id, number))
            return
        match opened.outbox.of_registration(parsed.counter):
            case None:
                self._post(events.StatusUnknown(session_id, number))
            case StoreTrouble() as trouble:
                self._post(events.StatusFailed(session_id, number, trouble.code))
            case OutboxEntry() as entry:
                standing = events.Standing(entry.state.value)
                self._post(events.StatusFound(session_id, number, standing))

    def link_status(self) -> LinkStatus | StoreTrouble:
        """What the link last noted of itself. May be called from any thread."""
        opened = self._opened()
        return opened if isinstance(opened, StoreTrouble) else read_link_status(opened.store)

    def _opened_to_record(self) -> _Open | StoreTrouble:
        """As `_opened`, unless the station may not record: it is blocked or revoked."""
        refusal = self._refusal()
        return StoreTrouble(refusal) if refusal else self._opened()

    def _opened(self) -> _Open | StoreTrouble:
        with self._opening:
            if self._open is not None and self._open.store.is_damaged:
                # Opened again it is mended, as soon as the link has let go of it too.
                self._open.store.close()
                self._open = None
            if self._open is None:
                opened = self._try_open()
                if isinstance(opened, StoreTrouble):
                    return opened
                self._open = opened
            elif self._open.trust_list != self._profile.trust_stamp():
                self._open = self._with_new_trust(self._open)
            return self._open

    def _try_open(self) -> _Open | StoreTrouble:
        stamp = self._profile.trust_stamp()
        store = Store.open(
            self._profile.store,
            station=self._profile.name,
            code=self._profile.code,
            vault=self._vault,
        )
        if isinstance(store, StoreTrouble):
            return store
        made = self._journal(store)
        if isinstance(made, StoreTrouble):
            store.close()
            return made
        journal, auditor = made
        return _Open(store, journal, Outbox(store), stamp, auditor)

    def _with_new_trust(self, opened: _Open) -> _Open:
        """The same store with a journal that seals to the hub's newest key.

        A list that cannot be used changes nothing: the one in hand was good.
        """
        stamp = self._profile.trust_stamp()
        made = self._journal(opened.store)
        if isinstance(made, StoreTrouble):
            log_events.write(log_events.EFFECT_FAILED, code=made.code)
            return replace(opened, trust_list=stamp)
        journal, auditor = made
        return replace(opened, journal=journal, trust_list=stamp, auditor=auditor)

    def _journal(self, store: Store) -> tuple[Journal, SealingKey | None] | StoreTrouble:
        version = store.trust_version()
        if isinstance(version, StoreTrouble):
            return version
        trust = self._profile.hub_trust(at_least=version)
        if isinstance(trust, TrustTrouble):
            return StoreTrouble(trust.code)
        journal = Journal(store, self._profile, signer=self._signer, sealing_key=trust.sealing_key)
        return journal, trust.auditor

    def _tell_recorded(self, seq: int, *, again: bool, began: float) -> None:
        self._recorded()
        log_events.write(
            log_events.RECORDED, seq=seq, again=again, ms=round((time.monotonic() - began) * 1000)
        )

    def _failed(self, operation_id: UUID, trouble: StoreTrouble) -> None:
        log_events.write(log_events.EFFECT_FAILED, code=trouble.code)
        self._post(events.RecordFailed(operation_id, trouble.code))

    def _logged(self, trouble: _Failed) -> _Failed:
        log_events.write(log_events.EFFECT_FAILED, code=trouble.code)
        return trouble

    def _receipt(self, effect: effects.Record, recorded: Recorded, language: str) -> Receipt:
        number = registration_number.parse(recorded.registration_number)
        if isinstance(number, Problem):
            message = f"the journal issued a number that is none: {number.code}"
            raise TypeError(message)
        return Receipt(
            operation_id=recorded.operation_id,
            registration_number=number.text,
            grouped=number.grouped,
            operation_hash=recorded.hash.hex(),
            recorded_at=recorded.recorded_at,
            station=self._profile.name,
            office=self._office,
            proof=recorded.proof,
            language=language,
            preregistration=_with_number(effect, number.text),
            again=recorded.again,
        )


def _with_number(effect: effects.Record, number: str) -> Preregistration:
    return replace(effect.preregistration, registration_number=number)
