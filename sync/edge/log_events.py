"""What the link may write into its log: these events, with these fields, and nothing else.

Fields hold codes, counts and places in the chain; none could hold a person's data.
"""

from __future__ import annotations

import logging
from enum import Enum

_LOGGER = logging.getLogger("sportello.link")


class Event(Enum):
    """Everything that is logged: its name, its level, its fields and what it means."""

    STARTED = ("link.started", logging.INFO, ("station",), "The link runs.")
    PROFILE = (
        "link.profile",
        logging.CRITICAL,
        ("problem",),
        "The station's folder cannot be used; the link ends.",
    )
    ALREADY_RUNNING = (
        "link.already-running",
        logging.ERROR,
        (),
        "Another link serves this store; this one ends.",
    )
    UP = ("link.up", logging.INFO, ("protocol",), "Connected to the broker.")
    DOWN = (
        "link.down",
        logging.WARNING,
        ("code", "seconds"),
        "No connection to the broker; the next try is in so many seconds.",
    )
    NEIGHBOUR = (
        "link.neighbour",
        logging.INFO,
        (),
        "Connected to a neighbour on the local network, in the broker's place.",
    )
    NOT_LISTENING = (
        "link.not-listening",
        logging.ERROR,
        (),
        "The address for neighbours in the settings cannot be listened at; none is served.",
    )
    HUB = ("link.hub", logging.INFO, ("hub",), "The hub answers, or no longer does.")
    ACKNOWLEDGED = (
        "link.acknowledged",
        logging.INFO,
        ("up_to", "decided", "secured", "refused", "missing"),
        "The hub holds the chain up to here, and has decided up to there.",
    )
    FOREIGN = (
        "link.foreign-answer",
        logging.WARNING,
        ("size",),
        "An answer that no trusted hub signed was ignored.",
    )
    NOT_OURS = (
        "link.wrong-answer",
        logging.WARNING,
        ("code",),
        "A signed answer that is not about this station's operations was ignored.",
    )
    STANDING = (
        "link.standing",
        logging.WARNING,
        ("standing",),
        "The station was blocked, revoked or turned away, or works again.",
    )
    HELD = (
        "link.held",
        logging.CRITICAL,
        ("code", "up_to", "last"),
        "The hub's chain is not this store's: recording stops until a technician has looked.",
    )
    REFUSED = (
        "link.batch-refused",
        logging.WARNING,
        ("code", "first", "last"),
        "The hub did not take a message.",
    )
    PART_HELD = (
        "link.part-held",
        logging.INFO,
        ("seq", "size"),
        "The hub holds a part that travels apart from its operation.",
    )
    PART_REFUSED = (
        "link.part-refused",
        logging.WARNING,
        ("seq", "code"),
        "The hub did not take a part; it is sent again later.",
    )
    DAMAGED = (
        "link.entry-damaged",
        logging.ERROR,
        ("seq",),
        "An entry of the journal is not what was recorded; it is sent by its hash alone.",
    )
    ASKED = ("link.asked", logging.INFO, ("count",), "So many questions went to the hub.")
    REPLIED = ("link.replied", logging.INFO, ("size",), "A reply came for the window.")
    STORE = ("link.store", logging.ERROR, ("code",), "The store does not do its work.")
    TRUST = ("link.trust", logging.ERROR, ("code",), "There are no hub keys to believe.")
    BROKEN = (
        "link.broken",
        logging.ERROR,
        ("error", "where"),
        "A defect of the program ended the connection; it is opened anew.",
    )

    def __init__(self, code: str, level: int, fields: tuple[str, ...], meaning: str) -> None:
        self.code = code
        self.level = level
        self.fields = fields
        self.meaning = meaning


def log(event: Event, **fields: str | int | None) -> None:
    """Writes one line: the event's code, then its fields as `name=value`.

    Raises:
        ValueError: a field that the event does not have.
    """
    if not fields.keys() <= set(event.fields):
        raise ValueError(f"{event.code} has no such field")
    words = [event.code, *(f"{name}={value}" for name, value in fields.items())]
    _LOGGER.log(event.level, " ".join(words))


def where(error: BaseException) -> str:
    """The place that raised `error`, as `file:line`: its text could hold anything, this cannot."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "nowhere"
    name = trace.tb_frame.f_code.co_filename.rsplit("/", 1)[-1]
    return f"{name}:{trace.tb_lineno}"


def configure() -> None:
    """Sends the log to the standard error, where a service manager keeps it."""
    logging.basicConfig(
        format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING, force=True
    )
    _LOGGER.setLevel(logging.INFO)
