"""Which open disputes an accepted act sets right: those that its kind of act can mend, no others.

A note that is written, or a street that is mended, says nothing of letters that do not stand. What
needs nothing any more is settled by its office in so many words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sync.model import operation
from sync.model.counter import (
    Booking,
    CodeRegeneration,
    CounterAct,
    CounterRegistration,
    RecordEdit,
    ResidenceChange,
)
from sync.model.registration import Part

CODE_WITHDRAWN: Final = "letter.code-withdrawn"
"""A code that waited for the mail server was withdrawn: the address was changed meanwhile."""

MAIL_REFUSED: Final = "letter.refused"
"""The code of an operation in progress will never reach the person by mail."""

_DOUBLE: Final = "duplicate."
_LETTERS: Final = frozenset(
    {
        operation.REGISTRATION,
        operation.BOOKING,
        operation.CODE_REGENERATION,
        operation.CONCLUSION,
    }
)
_EDITS: Final = frozenset({operation.RECORD_EDIT, operation.RESIDENCE_CHANGE})
_SET_RIGHT: Final[Mapping[str, frozenset[str]]] = {
    operation.REGISTRATION: _LETTERS | {operation.DELEGATION_CHANGE},
    operation.BOOKING: _LETTERS | {operation.DELEGATION_CHANGE},
    operation.CODE_REGENERATION: _LETTERS,
    operation.DELEGATION_CHANGE: frozenset({operation.DELEGATION_CHANGE}),
    operation.RECORD_EDIT: _EDITS,
    operation.RESIDENCE_CHANGE: _EDITS,
}


def parts_of(act: CounterAct) -> frozenset[Part]:
    """The parts of a registration that an act edits."""
    if isinstance(act, RecordEdit):
        return frozenset(change.part for change in act.changes)
    return frozenset({act.change.part}) if isinstance(act, ResidenceChange) else frozenset()


def sets_right(act: CounterAct, kind: str, code: str, parts: frozenset[Part]) -> bool:
    """Whether an accepted act sets right what stands open about the same registration.

    Args:
        act: of the office that was told.
        kind: of the operation that the dispute is about.
        code: of the dispute.
        parts: what that operation was to edit.
    """
    if code.startswith(_DOUBLE):  # whoever compared the two corrects one of them
        anew = kind == operation.REGISTRATION and isinstance(act, CounterRegistration)
        return anew or bool(parts_of(act) & {Part.PERSON, Part.DOCUMENT})
    if code in {CODE_WITHDRAWN, MAIL_REFUSED}:
        return isinstance(act, CounterRegistration | Booking | CodeRegeneration)
    edits = parts_of(act)
    return kind in _SET_RIGHT.get(operation.kind_of(act), frozenset()) and parts <= (edits or parts)
