"""What a refused act held, told to who corrects it at the station that recorded it.

The station cannot read it back: its journal is sealed to the hub. So the hub opens it, for an
operator of the office that did it with the right to do it again, without the secrets that were
printed, and keeps who was told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from sync.hub.refusals import subject_of
from sync.hub.remedies import CALL_ASSISTANCE
from sync.hub.store import chains, readings
from sync.hub.store.database import Store
from sync.hub.store.readings import Reading
from sync.model import operation, registration_number, rosters
from sync.model.counter import (
    Booking,
    CodeRegeneration,
    CounterAct,
    CounterRegistration,
    IssuedSecrets,
    OfAnAct,
)
from sync.model.errors import Problem
from sync.model.inquiry import Denied, RefusedAsked, RefusedTold
from sync.model.rosters import OperatorEntry
from sync.wire import envelope
from sync.wire.canonical import Malformed
from sync.wire.receipt import Refused
from sync.wire.sealing import UnsealingKey

NOT_OPEN: Final = "closing.not-open"
"""The operation is not refused, or is another than the one that is named."""

NOT_KEPT: Final = "closing.not-kept"
"""What it held is not kept any more, or cannot be opened: it is to be entered anew."""

NOTHING: Final = "closing.nothing-to-correct"
"""It is no act of a clerk on a person: there is nothing to enter again."""


def told(
    store: Store,
    asked: RefusedAsked,
    station: str,
    entry: OperatorEntry,
    unsealing: Mapping[bytes, UnsealingKey],
) -> RefusedTold | Denied:
    """The act without its secrets; or why not.

    Args:
        store: the registry, for reading.
        asked: which entry of the station that asks.
        station: the station.
        entry: the operator's line of the roster.
        unsealing: every key that stations may have sealed to.
    """
    answers = chains.answers(store, station, asked.seq, asked.seq)
    if not answers or not isinstance(answers[0].outcome, Refused):
        return Denied(NOT_OPEN, CALL_ASSISTANCE)
    named = answers[0].operation_id
    if named is None or named.hex != asked.operation_id:
        return Denied(NOT_OPEN, CALL_ASSISTANCE)
    [(_, data)] = chains.envelopes(store, station, asked.seq, asked.seq)
    act = _opened(data, unsealing)
    if isinstance(act, Denied):
        return act
    if act.office != entry.office:
        return Denied("operator.other-office", CALL_ASSISTANCE)
    if entry.rights.isdisjoint(rosters.rights_for_act(act)):
        return Denied("operator.no-right", CALL_ASSISTANCE)
    return RefusedTold(_without_secrets(act))


def note(store: Store, reply: RefusedTold | Denied, operator: bytes, station: str, at: int) -> None:
    """Keeps who was told of whom, by number as everywhere. Within a transaction."""
    number, outcome = "", "told"
    if isinstance(reply, Denied):
        outcome = reply.code
    else:
        number = subject_of(reply.act)[1]
        if isinstance(registration_number.parse(number), Problem):
            number = ""
    reading = Reading(at, "refused-act", operator.hex(), station, number, outcome)
    keep = readings.note_once if isinstance(reply, Denied) else readings.note
    keep(store, reading)


def _opened(data: bytes | None, unsealing: Mapping[bytes, UnsealingKey]) -> CounterAct | Denied:
    try:
        item = envelope.parse(data or b"")
    except Malformed:
        return Denied(NOT_KEPT)  # its body was taken out
    key = unsealing.get(item.header.sealing_key_id)
    plain = None if key is None else envelope.open_body(item, key)
    if plain is None:
        return Denied(NOT_KEPT)
    found = operation.from_plain(item.header.kind, item.header.kind_version, plain)
    if isinstance(found, Problem):
        return Denied(NOT_KEPT)
    if not operation.is_counter_act(found) or isinstance(found, OfAnAct):
        return Denied(NOTHING)
    return found


def _without_secrets(act: CounterAct) -> CounterAct:
    if isinstance(act, CounterRegistration | Booking | CodeRegeneration):
        return replace(act, secrets=IssuedSecrets(None, "", None, date.min))
    return act
