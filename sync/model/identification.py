"""The identification: a person showed a document and confirmed at the station to be its holder.

It goes with a person, known by the codice fiscale, and has no registration number. The station
applies the rules below (`problems`) before it records, and the hub applies them again.

Of fingers only templates travel, and only where they are what the person was identified by. They
are the one part of an operation that a hub may not keep: see `sync.hub.retention`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, Final

from sync.model import codice_fiscale
from sync.model.codice_fiscale import CodiceFiscale
from sync.model.dates import PartialDate, check_partial
from sync.model.errors import Problem
from sync.model.names import parse_name
from sync.model.plain_reader import PlainReader

MOST_TEMPLATE_BYTES: Final = 24 * 1024
"""Largest template of one finger: two of them and the rest fit into one sealed body."""

HEADLINES: Final = ("sound", "unproven", "expired", "other-holder", "wrong")
"""A verdict on a document in one word, as the kiosk tells it."""

PROPERTIES: Final = (
    *("genuine", "unaltered", "not-cloned"),
    *("in-date", "not-revoked", "holder"),
)
"""What may be proven of a document, in the order of a verdict."""

NEEDED: Final = ("genuine", "unaltered", "not-cloned", "in-date")
"""What is proven of a document that is `sound`; one of which less is proven is `unproven`."""

PIN_NEEDS: Final = ("genuine", "not-cloned")
"""What must be proven of a health card for its PIN to identify: that its issuer made the
certificate which names the holder, and that this chip has the key. Anybody can make a card that
signs."""

TEMPLATE_FORMAT: Final = "libfprint.fp3"
"""The only format of templates: `FP3`, then what libfprint makes of a print."""

_STANDING: Final = ("sound", "unproven")
_SIGNED: Final = ("genuine", "unaltered")
_MAGIC: Final = b"FP3"
_MOST_QUALITY: Final = 100


class Hand(Enum):
    """Whose side, as the person sees it."""

    LEFT = "left"
    RIGHT = "right"


class Finger(Enum):
    """One of five (ISO/IEC 19794-2, table 2)."""

    THUMB = "thumb"
    INDEX = "index"
    MIDDLE = "middle"
    RING = "ring"
    LITTLE = "little"


class SeenKind(Enum):
    """Documents whose chip a station reads and judges."""

    IDENTITY_CARD = "identity-card"
    HEALTH_CARD = "health-card"
    PASSPORT = "passport"
    RESIDENCE_PERMIT = "residence-permit"


class Way(Enum):
    """How the person confirmed to be the holder of the document."""

    FINGERPRINTS = "fingerprints"
    """Two fingers were taken, one of each hand (R-001-2), or one where the other is excused."""
    CARD_PIN = "card-pin"
    """The PIN of a health card of a known issuer, proven by a signature of its chip."""
    OPERATOR = "operator"
    """To be confirmed by an operator's eyes at the counter: that the person is the holder was not
    proven here."""


class Excuse(Enum):
    """Why there is no template of a hand."""

    MISSING = "missing"
    BANDAGED = "bandaged"
    UNREADABLE = "unreadable"
    """No picture was good enough, whichever finger of the hand was tried."""


@dataclass(frozen=True, slots=True)
class DocumentSeen:
    """A document as the station judged it.

    Attributes:
        kind: which.
        headline: one of `HEADLINES`.
        proven: those of `PROPERTIES` that were proven, each once, in their order.
    """

    kind: SeenKind
    headline: str
    proven: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class FingerEntry:
    """One finger that was asked for: its template, or why there is none.

    Attributes:
        template: minutiae, in `format`; None where excused.
        format: `TEMPLATE_FORMAT`; None where excused.
        quality: 0 to 100 by the kiosk's own gate, which is not NFIQ 2; None where excused.
        excused: None where there is a template.
    """

    hand: Hand
    finger: Finger
    template: bytes | None = None
    format: str | None = None
    quality: int | None = None
    excused: Excuse | None = None

    def __repr__(self) -> str:
        return "FingerEntry(...)"


@dataclass(frozen=True, slots=True, repr=False)
class Identification:
    """Who was identified, by which document, in which way.

    Attributes:
        codice_fiscale: canonical.
        surname, name: as on the document; None for who legally has none, not both.
        fingers: for `Way.FINGERPRINTS` exactly one of each hand with at least one template; else
            empty, or the excuses for which another way was taken.
    """

    codice_fiscale: str
    surname: str | None
    name: str | None
    birth_date: PartialDate
    document: DocumentSeen
    way: Way
    fingers: tuple[FingerEntry, ...] = ()

    def __repr__(self) -> str:
        return "Identification(...)"


def problems(operation: Identification, *, today: date) -> tuple[Problem, ...]:
    """Everything that keeps an identification from being recorded or accepted."""
    return tuple(_problems(operation, today))


def is_template(data: bytes, form: str) -> bool:
    """Whether bytes can be a template of a finger; what is inside nobody judges here."""
    return (
        form == TEMPLATE_FORMAT
        and data.startswith(_MAGIC)
        and len(_MAGIC) < len(data) <= MOST_TEMPLATE_BYTES
    )


def pin_identifies(seen: DocumentSeen) -> bool:
    """Whether the PIN of this document proves who its holder is."""
    return seen.kind is SeenKind.HEALTH_CARD and _proves(seen, PIN_NEEDS)


def to_plain(operation: Identification) -> dict[str, Any]:
    """The operation as str, int, bytes, None, list and dict, in the version `operation.VERSION`."""
    return {
        "codice_fiscale": operation.codice_fiscale,
        "surname": operation.surname,
        "name": operation.name,
        "birth_date": operation.birth_date.text,
        "document": {
            "kind": operation.document.kind.value,
            "headline": operation.document.headline,
            "proven": list(operation.document.proven),
        },
        "way": operation.way.value,
        "fingers": [
            {
                "hand": entry.hand.value,
                "finger": entry.finger.value,
                "template": entry.template,
                "format": entry.format,
                "quality": entry.quality,
                "excused": None if entry.excused is None else entry.excused.value,
            }
            for entry in operation.fingers
        ],
    }


def from_plain(value: object) -> Identification | Problem:
    """Read `to_plain` back; `operation.malformed` with its field where anything is not as written.

    Only the shape is judged, not the rules.
    """
    reader = PlainReader(value)
    document = reader.part("document")
    seen = DocumentSeen(
        kind=document.choice("kind", SeenKind),
        headline=document.text("headline"),
        proven=document.texts("proven"),
    )
    document.finish()
    operation = Identification(
        codice_fiscale=reader.text("codice_fiscale"),
        surname=reader.text_or_none("surname"),
        name=reader.text_or_none("name"),
        birth_date=reader.partial_date("birth_date"),
        document=seen,
        way=reader.choice("way", Way),
        fingers=tuple(_finger(part) for part in reader.parts("fingers")),
    )
    reader.finish()
    return reader.problem or operation


def _finger(reader: PlainReader) -> FingerEntry:
    entry = FingerEntry(
        hand=reader.choice("hand", Hand),
        finger=reader.choice("finger", Finger),
        template=reader.octets_or_none("template"),
        format=reader.text_or_none("format"),
        quality=reader.whole_or_none("quality"),
        excused=reader.choice_or_none("excused", Excuse),
    )
    reader.finish()
    return entry


def _problems(operation: Identification, today: date) -> Iterator[Problem]:
    yield from _holder_problems(operation, today)
    yield from _document_problems(operation)
    yield from _finger_problems(operation)


def _finger_problems(operation: Identification) -> Iterator[Problem]:
    for place, entry in enumerate(operation.fingers):
        if not _is_whole(entry):
            yield Problem("identification.finger", field=f"fingers.{place}")
    hands = [entry.hand for entry in operation.fingers]
    taken = [entry.template for entry in operation.fingers if entry.template is not None]
    if operation.way is Way.FINGERPRINTS:
        if sorted(hand.value for hand in hands) != ["left", "right"]:
            yield Problem("identification.hands", field="fingers", rule="R-001-2")
        elif not taken:
            yield Problem("identification.no-template", field="fingers", rule="R-001-2")
        elif len(set(taken)) != len(taken):
            yield Problem("identification.same-finger", field="fingers", rule="R-001-2")
    elif taken or len(set(hands)) != len(hands):
        yield Problem("identification.fingers-unneeded", field="fingers")


def _holder_problems(operation: Identification, today: date) -> Iterator[Problem]:
    code = codice_fiscale.parse(operation.codice_fiscale)
    match code:
        case Problem():
            yield code.at("codice_fiscale")
        case CodiceFiscale() if code.text != operation.codice_fiscale:
            yield Problem("operation.not-canonical", field="codice_fiscale")
        case CodiceFiscale() if _born_otherwise(operation, code):
            yield Problem("codice-fiscale.not-of-date", field="birth_date")
        case CodiceFiscale():
            pass
    if operation.surname is None and operation.name is None:
        yield Problem("person.nameless", field="surname", rule="R-003-48")
    for field, text in (("surname", operation.surname), ("name", operation.name)):
        if text is None:
            continue
        parsed = parse_name(text)
        if isinstance(parsed, Problem):
            yield parsed.at(field)
        elif parsed != text:
            yield Problem("operation.not-canonical", field=field)
    problem = check_partial(operation.birth_date, today=today)
    if problem is not None:
        yield problem.at("birth_date")


def _born_otherwise(operation: Identification, code: CodiceFiscale) -> bool:
    """Whether nothing vouches for the date of birth: neither an issuer nor the codice fiscale.

    The date of a health card is in its data file, which anybody can write; its certificate has the
    codice fiscale alone. A date that the issuer of another document signed stands, whatever the
    codice fiscale says: the Agenzia errs too.
    """
    health_card = operation.document.kind is SeenKind.HEALTH_CARD
    if not health_card and _proves(operation.document, _SIGNED):
        return False
    if code.provisional:
        return health_card
    return codice_fiscale.born_otherwise(code, operation.birth_date) is not None


def _proves(seen: DocumentSeen, what: tuple[str, ...]) -> bool:
    return all(one in seen.proven for one in what)


def _document_problems(operation: Identification) -> Iterator[Problem]:
    """A document against which something speaks identifies nobody, nor does a card's data file.

    What else is proven is for whoever reads the record: a document of which nothing is proven may
    be shown to an operator, who looks at it and at the person.
    """
    seen = operation.document
    known = tuple(one for one in PROPERTIES if one in seen.proven)
    if seen.headline not in HEADLINES or seen.proven != known:
        yield Problem("identification.document-unknown", field="document")
    elif seen.headline not in _STANDING:
        yield Problem("identification.document-refuted", field="document.headline")
    elif (seen.headline == "sound") is not _proves(seen, NEEDED):
        yield Problem("identification.headline", field="document.headline")
    if operation.way is Way.CARD_PIN and not pin_identifies(seen):
        yield Problem("identification.pin-unproven", field="way")
    elif seen.kind is SeenKind.HEALTH_CARD and "not-cloned" not in seen.proven:
        yield Problem("identification.pin-unproven", field="document.proven")


def _is_whole(entry: FingerEntry) -> bool:
    """Either a template with its format and quality, or an excuse and nothing else."""
    if entry.template is None:
        return entry.excused is not None and entry.format is None and entry.quality is None
    return (
        entry.excused is None
        and entry.format is not None
        and is_template(entry.template, entry.format)
        and entry.quality is not None
        and 0 <= entry.quality <= _MOST_QUALITY
    )
