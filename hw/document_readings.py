"""Frozen values around the proof of an identity document: what is asked, told, read and judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import TypeAlias

# --- what is asked


@dataclass(frozen=True, slots=True, repr=False)
class CardAccessNumber:
    """The CAN printed on the front of a card: the password of PACE (BSI TR-03110-2 clause 3.2).

    Attributes:
        digits: six decimal digits on every card known.
    """

    digits: str

    def __repr__(self) -> str:
        return "CardAccessNumber(...)"


@dataclass(frozen=True, slots=True, repr=False)
class MrzKey:
    """The three fields of the machine readable zone that open a chip (ICAO 9303-11 clause 4.3.2).

    Attributes:
        document_number: as printed, without filler; longer than nine characters on some TD1 cards.
        birth_date: YYMMDD as in the zone; an unknown part is `<<`.
        expiry_date: YYMMDD as in the zone.
    """

    document_number: str
    birth_date: str
    expiry_date: str

    def __repr__(self) -> str:
        return "MrzKey(...)"


DocumentKey: TypeAlias = CardAccessNumber | MrzKey
"""What opens a contactless document; typed in by the person who holds it."""


@dataclass(frozen=True, slots=True, repr=False)
class HolderClaim:
    """Who the person says they are, for comparison. An empty text is not compared.

    Attributes:
        codice_fiscale: 16 characters, upper case.
        surname: as typed in, with accents and apostrophes.
        name: as typed in.
        birth_date: YYYYMMDD; an unknown day or month is `00`.
        document_number: as typed in.
    """

    codice_fiscale: str = ""
    surname: str = ""
    name: str = ""
    birth_date: str = ""
    document_number: str = ""

    def __repr__(self) -> str:
        return "HolderClaim(...)"


@dataclass(frozen=True, slots=True)
class DocumentRequest:
    """One reading of an identity document.

    Attributes:
        key: what opens the chip.
        today: the day against which validity is judged.
        claim: what the holder's data are compared with, None where nothing was typed in.
        with_face: whether the face image (EF.DG2, 10 to 20 kB) is read and decoded.
    """

    key: DocumentKey
    today: date
    claim: HolderClaim | None = None
    with_face: bool = True


# --- what is told while it is read


class ReadingStage(Enum):
    """How far a reading is, in the order in which a person sees it."""

    WAITING = "waiting"
    """No document on the reader yet."""
    OPENING = "opening"
    """PACE or BAC under way."""
    READING = "reading"
    """Files are read; `done` and `total` count bytes."""
    CHECKING = "checking"
    """Signatures, hashes and the chip's own proof are checked."""


class Coaching(Enum):
    """What a person can do for a better contact; from the statistics of drops."""

    HOLD_STILL = "hold-still"
    LAY_FLAT = "lay-flat"
    TURN_OVER = "turn-over"
    TAKE_OUT_OF_WALLET = "take-out-of-wallet"


@dataclass(frozen=True, slots=True)
class ReadingProgress:
    """A real step of a reading.

    Attributes:
        stage: the stage now.
        done: bytes read so far; 0 outside `READING`.
        total: bytes to read, as far as known: an estimate until every file is sized, never below
            `done`; the share of both never falls. 0 outside `READING`.
        coaching: what would help, None where the contact is good.
        lost: the document left the field, and is waited for; nothing need be typed again.
    """

    stage: ReadingStage
    done: int = 0
    total: int = 0
    coaching: Coaching | None = None
    lost: bool = False


ProgressListener: TypeAlias = Callable[[ReadingProgress], None]
"""Called on the reading thread; must return at once and must not raise."""


# --- what is judged


class Property(Enum):
    """What can be said of a document, each by itself."""

    GENUINE = "genuine"
    """Issued by the state that it names (passive authentication, ICAO 9303-11 clause 5.1)."""
    UNALTERED = "unaltered"
    """Every file that was read is as it was signed."""
    NOT_CLONED = "not-cloned"
    """The chip holds the private key that only the true one has (clauses 6.1 and 6.2)."""
    IN_DATE = "in-date"
    """The document has not expired."""
    NOT_REVOKED = "not-revoked"
    """Its signer's certificate (or its own) is not on a revocation list that is still current."""
    HOLDER = "holder"
    """Its data are those typed in."""


class Finding(Enum):
    """What was found of a property."""

    PROVEN = "proven"
    REFUTED = "refuted"
    NOT_PROVABLE = "not-provable"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found of one property, and why.

    Attributes:
        property: which.
        finding: what.
        reasons: stable codes (`genuine.chain`, `genuine.no-trust-list`, `holder.surname`); each has
            a text for the citizen and one for the clerk in the catalogue. Never empty.
    """

    property: Property
    finding: Finding
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is proven, refuted or not provable here of a document.

    Attributes:
        judgements: one for each `Property`, in the order of that enumeration.
    """

    judgements: tuple[Judgement, ...]

    def of(self, what: Property) -> Judgement:
        """The judgement on one property."""
        return next(judgement for judgement in self.judgements if judgement.property is what)

    @property
    def refuted(self) -> tuple[Judgement, ...]:
        """What speaks against the document."""
        return tuple(each for each in self.judgements if each.finding is Finding.REFUTED)

    @property
    def sound(self) -> bool:
        """Genuine, unaltered, not cloned and in date are proven, and nothing is refuted."""
        needed = (
            Property.GENUINE,
            Property.UNALTERED,
            Property.NOT_CLONED,
            Property.IN_DATE,
        )
        return not self.refuted and all(self.of(one).finding is Finding.PROVEN for one in needed)


# --- what is read


@dataclass(frozen=True, slots=True, repr=False)
class FacePicture:
    """The face of EF.DG2, decoded for the screen and nothing else.

    Attributes:
        width: pixels.
        height: pixels.
        rgb: width * height * 3 bytes, row by row from the top.
    """

    width: int
    height: int
    rgb: bytes

    def __repr__(self) -> str:
        return f"FacePicture({self.width}x{self.height})"


@dataclass(frozen=True, slots=True, repr=False)
class DocumentHolder:
    """The person and the document as the chip tells them (EF.DG1, DG11, DG12).

    Names come from DG11 where it has them, in full and with accents; else from the machine readable
    zone, transliterated and maybe cut. Texts are free of control characters; nothing is checked
    against the world.

    Attributes:
        document_code: first letters of the zone: `C`, `I`, `P`, ...
        issuing_state: three letters, `ITA`.
        document_number: without filler.
        surname: primary identifier.
        name: secondary identifier.
        names_cut: the names are those of the zone and leave no room in it, so they may be cut.
        names_transliterated: the names are those of the zone: accents and apostrophes are lost.
        nationality: three letters.
        sex: `M`, `F`, or empty where the zone has `<`.
        birth_date: YYYYMMDD; unknown parts are `00`. The century is DG11's, or the latest that
            does not lie in the future (see `century_guessed`).
        expires_on: last day of validity, None where the zone has none or an impossible one.
        codice_fiscale: DG11's personal number where it is one, upper case; else empty.
        birth_place: place of birth without the province, empty where unknown.
        birth_province: sigla of the province, empty for those born abroad.
        address: lines of the permanent address, in DG11's order.
        issued_on: from DG12, None where it does not say.
        issuing_authority: from DG12, empty where it does not say.
        century_guessed: only the zone says the birth date, and its holder can be a hundred years
            older than `birth_date` has it.
    """

    document_code: str
    issuing_state: str
    document_number: str
    surname: str
    name: str
    names_cut: bool
    names_transliterated: bool
    nationality: str
    sex: str
    birth_date: str
    expires_on: date | None
    codice_fiscale: str = ""
    birth_place: str = ""
    birth_province: str = ""
    address: tuple[str, ...] = ()
    issued_on: date | None = None
    issuing_authority: str = ""
    century_guessed: bool = False

    def __repr__(self) -> str:
        return "DocumentHolder(...)"


@dataclass(frozen=True, slots=True)
class DocumentReading:
    """A document, read and judged.

    Attributes:
        holder: the person and the document.
        verdict: what is proven of it.
        face: the face, None where it was not asked for, is not there or cannot be decoded.
        protocol: how the chip was opened: `PACE DH-GM 3DES`, `PACE ECDH-CAM AES-128`, `BAC`, ...
        losses: how often the document left the field meanwhile.
        facts: technical facts for the clerk's page and the log, as names and values; never
            personal data.
    """

    holder: DocumentHolder = field(repr=False)
    verdict: Verdict
    face: FacePicture | None
    protocol: str
    losses: int = 0
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class HealthCardProof:
    """A TS-CNS whose chip has signed a challenge after its PIN.

    Attributes:
        codice_fiscale: the one in the certificate's subject.
        surname: from the certificate, empty where it has none.
        name: from the certificate, empty where it has none.
        expires_on: last day of the certificate's validity.
        verdict: what is proven of the card.
        facts: technical facts, never personal data.
    """

    codice_fiscale: str
    surname: str
    name: str
    expires_on: date
    verdict: Verdict
    facts: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return "HealthCardProof(...)"


@dataclass(frozen=True, slots=True)
class PinTries:
    """What the card says of its PIN before it is asked.

    Attributes:
        left: wrong tries left before the card blocks itself; None where the card does not tell.
        last: only one try is left: the kiosk does not spend it.
        blocked: the PIN is blocked; only the PUK helps.
    """

    left: int | None
    last: bool
    blocked: bool
