"""The audit trail: one line for each transition, and for each reading of a person's data (R-000-18).

A line says openly what happened, where and when; whom it was about is sealed to the auditor's key,
so whoever looks after the machine cannot read it. Lines are chained by hash (`sync.wire.audit_trail`),
and pages of them are operations of the journal like everything that counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any, Final

from sync.model.errors import Problem
from sync.model.plain_reader import PlainReader

MOST_LINES: Final = 200
"""Of one page."""
MOST_WORDS: Final = 8
LONGEST_SUBJECT: Final = 2000
"""Bytes of what a line is about, before it is sealed."""
ACTOR_BYTES: Final = 16
HASH_BYTES: Final = 32

_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,63}")
_MOST_KEY_BYTES: Final = 2000
_MOST_SEALED_BYTES: Final = LONGEST_SUBJECT + 64


class AuditEvent(Enum):
    """The catalogue: everything that is kept, with what its words say."""

    STARTED = "station.started"
    """The station's program began; version, role, protection of its key."""
    STOPPED = "station.stopped"
    """It ended in order."""
    TRANSITION = "flow.transition"
    """What happened, page before, page after."""
    SIGNED_IN = "operator.signed-in"
    """By what: `card` or `daily-password`."""
    REFUSED = "operator.refused"
    """Somebody could not sign in; the code of why."""
    SIGNED_OUT = "operator.signed-out"
    """Nothing more."""
    SEARCHED = "person.searched"
    """How many were found; sealed: what was looked for."""
    OPENED = "person.opened"
    """`found` or a code; sealed: whose registration."""
    LOOKED_UP = "person.looked-up"
    """Asked of the population registers, `found`, `not-found` or `unanswered`; sealed: about whom."""
    USERNAME_ASKED = "person.username-asked"
    """`told` or a code (R-003-62); sealed: whose."""
    DISPUTES_LISTED = "person.disputes-listed"
    """How many."""
    CONSOLE_LISTED = "console.listed"
    """`users` or `stations`, how many."""
    RECORDED = "operation.recorded"
    """Kind, place in the journal."""
    NOT_RECORDED = "operation.not-recorded"
    """The code of why."""
    PRINTED = "document.printed"
    """What was printed."""
    STANDING = "station.standing"
    """The station was blocked, revoked or is in service again."""
    HUB_COMMAND = "hub.command"
    """A command of the hub's terminal: its name, who of the machine's accounts gave it."""
    LOST = "audit.lost"
    """So many lines could not be kept; the code of why."""


@dataclass(frozen=True, slots=True)
class AuditLine:
    """A line.

    Attributes:
        at: milliseconds since 1970 by the station's clock.
        actor: first 16 bytes of the thumbprint of the operator's certificate; empty for nobody.
        words: as the event's entry in the catalogue says; never a person's data.
        sealed: what it is about, under the page's key; empty where it is about nobody.
    """

    at: int
    event: AuditEvent
    actor: bytes = b""
    words: tuple[str, ...] = ()
    sealed: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Lines of a station, in order, as an operation of its journal.

    Attributes:
        first: number of the first line; the first of a station is 1.
        before: hash of the line before the first, 32 bytes.
        key: the page's key, sealed to the auditor's; empty where the station knows no auditor, and
            then no line has anything sealed.
    """

    first: int
    before: bytes
    key: bytes = field(repr=False)
    lines: tuple[AuditLine, ...]


def is_word(text: str) -> bool:
    """Whether `text` may stand openly in a line: a name or code, no sentence and no e-mail."""
    return _WORD.fullmatch(text) is not None


def problems(page: AuditPage, *, today: date) -> tuple[Problem, ...]:  # noqa: ARG001 - as every kind's
    """What keeps a page from being kept: `audit.malformed` with the field."""
    found = []
    if page.first < 1 or len(page.before) != HASH_BYTES or len(page.key) > _MOST_KEY_BYTES:
        found.append(Problem("audit.malformed", field="first"))
    if not 1 <= len(page.lines) <= MOST_LINES:
        found.append(Problem("audit.malformed", field="lines"))
    for place, line in enumerate(page.lines):
        if (
            len(line.actor) not in {0, ACTOR_BYTES}
            or len(line.words) > MOST_WORDS
            or not all(is_word(word) for word in line.words)
            or len(line.sealed) > _MOST_SEALED_BYTES
            or (line.sealed and not page.key)
            or line.at < 0
        ):
            found.append(Problem("audit.malformed", field=f"lines.{place}"))
    return tuple(found)


def to_plain(page: AuditPage) -> dict[str, Any]:
    """The page as plain values, in the version `operation.VERSION`."""
    return {
        "first": page.first,
        "before": page.before,
        "key": page.key,
        "lines": [
            {
                "at": line.at,
                "event": line.event.value,
                "actor": line.actor,
                "words": list(line.words),
                "sealed": line.sealed,
            }
            for line in page.lines
        ],
    }


def from_plain(value: object) -> AuditPage | Problem:
    """Read `to_plain` back; `operation.malformed` where that cannot be done."""
    reader = PlainReader(value)
    page = AuditPage(
        reader.whole("first"),
        reader.octets("before"),
        reader.octets("key"),
        tuple(_line(one) for one in reader.parts("lines", most=MOST_LINES)),
    )
    reader.finish()
    return reader.problem or page


def _line(reader: PlainReader) -> AuditLine:
    line = AuditLine(
        reader.whole("at"),
        reader.choice("event", AuditEvent),
        reader.octets("actor"),
        reader.texts("words"),
        reader.octets("sealed"),
    )
    reader.finish()
    return line
