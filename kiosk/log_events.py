"""The catalogue of what the kiosk logs: no free text, no personal data.

Each event has a name, a level and a meaning. Its facts are names and values out of closed sets:
screen names, failure codes, counts, durations; `write` refuses anything longer than a code.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass

_LOGGER = logging.getLogger("sportello.kiosk")
_LONGEST_FACT = 80


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One kind of line in the kiosk's log.

    Attributes:
        name: stable, `<part>.<what>`.
        level: of the logging module.
        meaning: what happened and what a reader should do about it.
    """

    name: str
    level: int
    meaning: str


STARTED = LogEvent(
    "kiosk.started", logging.INFO, "The program is up; `store` tells how its store was found."
)
MEMORY_SWAPPED = LogEvent(
    "memory.swap",
    logging.WARNING,
    "Memory, with what people typed and pictures of fingers, may reach a disk: `code` is `disk` or "
    "`unknown` (/proc/swaps cannot be read). Switch swap off, or leave compressed memory (zram).",
)
STOPPED = LogEvent("kiosk.stopped", logging.INFO, "The program ends in order.")
TRANSITION = LogEvent(
    "flow.transition",
    logging.INFO,
    "An event led from one screen to another (or the same); `effects` counts what was asked for.",
)
EFFECT_FAILED = LogEvent(
    "effect.failed",
    logging.WARNING,
    "Something that was asked for did not succeed; `code` says why (docs/failure-codes.md).",
)
EFFECT_BROKEN = LogEvent(
    "effect.broken",
    logging.ERROR,
    "A fault in the program while performing an effect; `kind` names the exception's class.",
)
FLOW_BROKEN = LogEvent(
    "flow.broken",
    logging.CRITICAL,
    "A fault in a flow: the session is ended and its data wiped; `kind` names the exception.",
)
DRAFT_RESTORED = LogEvent(
    "draft.restored", logging.INFO, "An unfinished form came back after a crash of the program."
)
DRAFT_DROPPED = LogEvent(
    "draft.dropped",
    logging.INFO,
    "An unfinished form was found and destroyed; `code` says why (too old, other boot, damaged).",
)
KEY_NOT_SIGNING = LogEvent(
    "key.not-signing",
    logging.ERROR,
    "The station's key store did not sign: nothing was recorded or asked. `code` as in "
    "docs/failure-codes.md, `reason` what the device's library said.",
)
DRAFT_UNAVAILABLE = LogEvent(
    "draft.unavailable",
    logging.WARNING,
    "The memory-backed folder is missing or not memory: forms do not survive a crash.",
)
NETWORK_CHANGED = LogEvent(
    "network.changed", logging.INFO, "The link's state as the kiosk shows it."
)
RECORDED = LogEvent(
    "operation.recorded",
    logging.INFO,
    "An operation is durable; `seq` is its place, `ms` the time.",
)
CARD_SEEN = LogEvent("card.seen", logging.INFO, "A card was put in or taken out; no data of it.")
DOCUMENT_JUDGED = LogEvent(
    "document.judged",
    logging.INFO,
    "A document was read and judged: a finding for each property, and how often it was lost.",
)
DOCUMENT_TRUST = LogEvent(
    "document.trust",
    logging.INFO,
    "The list of document issuers was looked at: its `version`, or `code` where it is not taken.",
)
SIGNED_LIST = LogEvent(
    "list.taken",
    logging.INFO,
    "A signed list of the hub was looked at: its `version`, or `code` where it is not taken.",
)
CORRECTED = LogEvent(
    "list.in-force",
    logging.INFO,
    "Settings, texts or places of a signed list count from now on; `unfit` entries of it are left out, "
    "since this program does not know them or they are out of its bounds.",
)
STANDING = LogEvent(
    "station.standing",
    logging.WARNING,
    "The station was blocked, revoked or turned away, or works again.",
)
RENEWAL = LogEvent(
    "certificate.renewal",
    logging.INFO,
    "The station's certificate was renewed (`code` is `done`), or `code` says why not yet.",
)
DEVICE_TROUBLE = LogEvent(
    "device.trouble", logging.WARNING, "A device reported trouble; `code` says which."
)
FINGER_TAKEN = LogEvent(
    "finger.taken",
    logging.INFO,
    "A finger's template was made: how good its best picture was, how many minutiae; no data.",
)
DEVICE_HEALTH = LogEvent(
    "device.health",
    logging.INFO,
    "A device stands otherwise than before: its state, the code of its trouble, seconds it was away.",
)
DEVICE_REMEDY = LogEvent(
    "device.remedy",
    logging.WARNING,
    "A remedy was tried on a device; `code` says what hindered it, `done` where nothing did.",
)
DEVICE_MENDING_ASKED = LogEvent(
    "device.mending-asked", logging.INFO, "A person asked to mend a device."
)
DEVICE_TESTED = LogEvent(
    "device.tested", logging.INFO, "A device was tried out; `code` is `passed` or what failed."
)
TEXT_MISSING = LogEvent(
    "text.missing",
    logging.ERROR,
    "A text is not in the catalogue of a language; Italian stands in for it. `key` names it.",
)
PRINTER_SWAPPED = LogEvent(
    "printer.swapped", logging.WARNING, "Another printer stands in the place of one that was known."
)
PRINTED = LogEvent(
    "document.printed",
    logging.INFO,
    "A printer took a document whole; `certainty` tells whether it says that it is on paper.",
)
ROSTER = LogEvent(
    "roster.taken",
    logging.INFO,
    "The roster of operators was taken, `version` tells which; or `code` why it was not.",
)
SIGNED_IN = LogEvent(
    "operator.signed-in", logging.INFO, "An operator signed in, or did not: `code` says why."
)
DUTY_STOPPED = LogEvent(
    "operator.stopped",
    logging.WARNING,
    "The hub answers nothing to the operator, and nothing is recorded; `code` is why, ok: it does.",
)
SIGNED_OUT = LogEvent("operator.signed-out", logging.INFO, "The operator is signed out.")
MIRROR = LogEvent(
    "mirror.standing",
    logging.INFO,
    "How far the copy of the registry is; `code` is what keeps it from going on.",
)
SECRETS_VOID = LogEvent(
    "letter.void",
    logging.WARNING,
    "An act was recorded by an earlier run: its letters cannot be printed any more.",
)
AUDIT = LogEvent(
    "audit.kept",
    logging.WARNING,
    "Lines of the audit trail cannot be kept, `code` is why; `ok` when they can again. Meanwhile no "
    "person's data is shown.",
)


def write(event: LogEvent, /, **facts: str | float) -> None:
    """Write one line: the event's name and its facts, as JSON.

    Raises:
        ValueError: a fact is longer than any code, so it could be a person's data.
    """
    for name, value in facts.items():
        if isinstance(value, str) and len(value) > _LONGEST_FACT:
            message = f"fact {name!r} of {event.name} is longer than a code"
            raise ValueError(message)
    _LOGGER.log(event.level, "%s", json.dumps({"event": event.name, **facts}, ensure_ascii=True))


def set_up(level: int = logging.INFO) -> None:
    """Send the kiosk's log to standard error, one JSON object a line, with time and level."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger("sportello")
    root.handlers[:] = [handler]
    root.setLevel(level)
    root.propagate = False


def show_card_traffic() -> None:
    """Log every exchange with a card too: headers, sizes and status words, never its data."""
    traffic = logging.getLogger("hw.apdu.traffic")
    traffic.handlers[:] = logging.getLogger("sportello").handlers
    traffic.setLevel(1)
    traffic.propagate = False
