"""What the hub may write into its log: these events, with these fields, and nothing else.

A log is read by people who may not read the registry, and it is copied further than the
registry is. So no event has a field that could hold a name, a codice fiscale, an address of any
kind, a registration number or a link.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import Enum

_LOGGER = logging.getLogger("sportello.hub")

_listeners: list[Callable[[Event, dict[str, str | int | None]], None]] = []


class Event(Enum):
    """Everything that is logged: its name, its level, its fields and what it means."""

    STARTED = ("hub.started", logging.INFO, ("version",), "The hub serves.")
    STOPPING = ("hub.stopping", logging.INFO, (), "The hub was asked to stop.")
    THREAD_DIED = (
        "hub.thread-died",
        logging.CRITICAL,
        ("thread", "error", "where"),
        "A defect ended a part of the hub; the hub stops so that it is started anew.",
    )
    LEADING = (
        "hub.leading",
        logging.INFO,
        (),
        "This process does what one alone must do: letters, lists, upkeep.",
    )
    LEADING_LOST = (
        "hub.leading-lost",
        logging.ERROR,
        (),
        "Another process does what one alone must do; this one ends, to be started anew.",
    )
    WORKING = ("worker.started", logging.INFO, ("version", "worker"), "A worker of the hub works.")
    WORKER_WAITS = (
        "worker.waits",
        logging.WARNING,
        ("error",),
        "The registry is out of reach, or the hub has not brought it up to date yet.",
    )
    WORKER_LEFT = (
        "worker.left",
        logging.INFO,
        ("answered",),
        "The worker has stopped; whether everything that it had taken was answered.",
    )
    OUTDATED = (
        "hub.outdated",
        logging.ERROR,
        (),
        "A newer program has written to the registry: this one ends, to be started anew as the newer.",
    )
    LINK_UP = ("link.up", logging.INFO, (), "Connected to the broker; stations are heard.")
    LINK_DOWN = ("link.down", logging.WARNING, ("reason",), "The broker is out of reach.")
    LINK_OVERSIZED = (
        "link.oversized",
        logging.WARNING,
        ("station", "size"),
        "A message too large to be a batch was thrown away.",
    )
    LINK_UNCLAIMED = (
        "link.unclaimed",
        logging.WARNING,
        ("station", "size"),
        "A message that asked for no acknowledgement, where one counts, was thrown away.",
    )
    BATCH_STORED = (
        "batch.stored",
        logging.INFO,
        ("station", "up_to", "stored", "milliseconds"),
        "New entries of a station's chain are held and acknowledged.",
    )
    DECIDED = (
        "operations.decided",
        logging.INFO,
        ("station", "up_to", "refused"),
        "Operations were entered into the registry, or refused; the station is told.",
    )
    ROSTER_SIGNED = (
        "roster.signed",
        logging.INFO,
        (),
        "Users or cards have changed, and the roster that says so is signed.",
    )
    ROSTER_WAITS = (
        "roster.waits",
        logging.ERROR,
        ("error",),
        "The roster cannot be signed now, for a reason of the hub's own; it is tried again.",
    )
    LISTS_WAIT = (
        "lists.waits",
        logging.ERROR,
        ("error",),
        "Settings, texts or places that were signed cannot be put in place; it is tried again.",
    )
    CERTIFICATE_ISSUED = (
        "certificate.issued",
        logging.INFO,
        ("station",),
        "What an administrator approved has its certificate; the device fetches it.",
    )
    STATIONS_PUBLISHED = (
        "stations.published",
        logging.INFO,
        ("version", "silenced"),
        "Revocation lists, the broker's access list and the signed list say who is blocked.",
    )
    GENERATOR_WAITS = (
        "generator.waits",
        logging.ERROR,
        ("error",),
        "Certificates or lists cannot be made now, for a reason of the hub's own; tried again.",
    )
    ENROLMENT_REFUSED = (
        "enrolment.refused",
        logging.WARNING,
        ("code",),
        "A device asked to become a station, or a station for a certificate, and was turned away.",
    )
    DECISION_FAILED = (
        "operation.failed",
        logging.ERROR,
        ("station", "seq", "error", "where"),
        "The hub failed at an operation; alone it is tried once more, then refused with an alarm.",
    )
    BODIES_SHED = (
        "bodies.shed",
        logging.INFO,
        ("station", "shed"),
        "Bodies with templates of fingers are gone, by the office's rule.",
    )
    UPKEEP_WAITS = (
        "upkeep.waits",
        logging.ERROR,
        ("error",),
        "The hourly round (daily passwords, age of backups) failed; it comes again with the next.",
    )
    ADMISSION = (
        "admission.changed",
        logging.INFO,
        ("normal", "bulk", "waiting", "stations"),
        "Stations that come back spread over so many seconds: so many entries are still to come.",
    )
    ADMISSION_WAITS = (
        "admission.waits",
        logging.ERROR,
        ("error",),
        "How fast stations may come back cannot be told now; it is tried again.",
    )
    PART_STORED = (
        "part.stored",
        logging.INFO,
        ("station", "seq", "size"),
        "A part that travels apart from its operation is held whole.",
    )
    PART_DAMAGED = (
        "part.damaged",
        logging.WARNING,
        ("station", "seq"),
        "What came of a part is not what its operation names; the station sends it anew.",
    )
    WATCH_WAITS = (
        "watch.waits",
        logging.ERROR,
        ("error",),
        "The round that looks for what is wrong failed; it comes again in a minute.",
    )
    HEALTH_UNREADABLE = (
        "health.unreadable",
        logging.WARNING,
        ("station", "code"),
        "What a station says of itself cannot be read; what it said before stands.",
    )
    SHEDDING_WAITS = (
        "shedding.waits",
        logging.ERROR,
        ("error",),
        "Bodies that are due cannot be shed now, for a reason of the hub's own; it is tried again.",
    )
    DECISIONS_WAIT = (
        "decisions.wait",
        logging.ERROR,
        ("error",),
        "Nothing can be decided now, for a reason of the hub's own; it is tried again.",
    )
    BATCH_TROUBLE = (
        "batch.trouble",
        logging.WARNING,
        ("station", "code", "up_to"),
        "A message, or its rest, was not stored; the station is told why.",
    )
    PARCELS_TAKEN = (
        "parcels.taken",
        logging.INFO,
        ("station", "stored", "trouble"),
        "What a station sent on a removable medium is held; its answer is ready.",
    )
    PARCEL_REFUSED = (
        "parcels.refused",
        logging.WARNING,
        ("code",),
        "A file that came by hand is no parcel of a station of this hub; it is kept aside.",
    )
    RELAY_REFUSED = (
        "relay.refused",
        logging.WARNING,
        ("station", "code"),
        "What a station passed on for a neighbour was not taken; the neighbour sends it again.",
    )
    PARCELS_WAIT = (
        "parcels.wait",
        logging.ERROR,
        ("error",),
        "What came by hand cannot be taken now; it is tried again, and stops nothing else.",
    )
    INGEST_FAILED = (
        "ingest.failed",
        logging.ERROR,
        ("station", "error", "where"),
        "A message could not be stored for a reason of the hub's own; it is not acknowledged.",
    )
    INQUIRY_TROUBLE = (
        "inquiry.trouble",
        logging.WARNING,
        ("station", "code"),
        "A question could not be taken for its station's; it is not answered.",
    )
    INQUIRY_FAILED = (
        "inquiry.failed",
        logging.ERROR,
        ("station", "error", "where"),
        "A question could not be answered for a reason of the hub's own; the station asks again.",
    )
    CHANGE_UNFIT = (
        "change.unfit",
        logging.ERROR,
        ("station",),
        "Entries of the feed that no station could read were left out of a reply.",
    )
    ALARM = (
        "alarm.raised",
        logging.ERROR,
        ("station", "code", "seq"),
        "Something that a person must look into: see the table `alarm`.",
    )
    SIGNATURES_CHECKED = (
        "signatures.checked",
        logging.INFO,
        ("station", "up_to"),
        "Every signature of a station's chain up to there has been verified.",
    )
    LETTER_SENT = ("letter.sent", logging.INFO, ("letter", "kind"), "The mail server took it.")
    LETTER_DELAYED = (
        "letter.delayed",
        logging.WARNING,
        ("letter", "code", "seconds"),
        "The mail server did not take it now; it is tried again.",
    )
    LETTER_REFUSED = (
        "letter.refused",
        logging.ERROR,
        ("letter", "code"),
        "The mail server will never take it; it stays in the registry for a person to see.",
    )
    MAIL_SERVER_AWAY = (
        "mail-server.away",
        logging.WARNING,
        ("error", "seconds"),
        "The mail server cannot be used; every letter waits.",
    )
    ADDRESS_CONFIRMED = ("address.confirmed", logging.INFO, (), "A person confirmed an address.")
    CODES_DENIED = (
        "codes.denied",
        logging.INFO,
        ("code",),
        "Codes were shown on a page and did not open a procedure.",
    )
    PROCEDURE_CONCLUDED = (
        "procedure.concluded",
        logging.INFO,
        ("kind",),
        "A person concluded a procedure on the pages.",
    )
    WEB_FAILED = (
        "web.failed",
        logging.ERROR,
        ("error", "where"),
        "A page could not be made; the person was asked to try again.",
    )
    WEB_TOO_MANY = (
        "web.too-many",
        logging.WARNING,
        (),
        "An address asked for pages too often and was told to wait.",
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
    for heard in tuple(_listeners):
        heard(event, fields)
    words = [event.code, *(f"{name}={value}" for name, value in fields.items())]
    _LOGGER.log(event.level, " ".join(words))


def listen(heard: Callable[[Event, dict[str, str | int | None]], None]) -> None:
    """Calls `heard` with every event and its fields, in the thread that logs it; for figures."""
    _listeners.append(heard)


def unlisten(heard: Callable[[Event, dict[str, str | int | None]], None]) -> None:
    """The inverse of `listen`; nothing happens where it does not listen."""
    if heard in _listeners:
        _listeners.remove(heard)


def where(error: BaseException) -> str:
    """The place that raised `error`, as `file:line`: its text could hold anything, this cannot."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "nowhere"
    name = trace.tb_frame.f_code.co_filename.replace("\\", "/").rsplit("/", 1)[-1]
    return f"{name}:{trace.tb_lineno}"


def configure(level: int = logging.INFO) -> None:
    """Sends the log to the standard error, where a service manager keeps it.

    Other libraries' loggers are heard from WARNING upwards.
    """
    logging.basicConfig(
        format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING, force=True
    )
    _LOGGER.setLevel(level)
    # What these say of a failed request or e-mail may quote its content.
    for chatty in ("uvicorn.error", "uvicorn.access", "asyncio", "pika"):
        logging.getLogger(chatty).setLevel(logging.CRITICAL)
