"""What is asked, told and judged of an identity document, in the flows' own frozen values.

Same names and meanings as in `hw.document_readings`, which the flows do not know; values of
enumerations are equal, so that the runtime maps one to the other by `.value`. Whatever tells of a
person or opens a document has no `repr`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import Enum

# --- what is asked


@dataclass(frozen=True, slots=True, repr=False)
class CardAccessNumber:
    """The six digits on the front of an identity card (CAN)."""

    digits: str

    def __repr__(self) -> str:
        return "CardAccessNumber(...)"


@dataclass(frozen=True, slots=True, repr=False)
class MrzKey:
    """What opens a chip where the CAN cannot be found (ICAO 9303-11 clause 4.3.2).

    Attributes:
        document_number: upper case letters and digits, without filler.
        birth_date: YYMMDD; an unknown part is `<<`.
        expiry_date: YYMMDD.
    """

    document_number: str
    birth_date: str
    expiry_date: str

    def __repr__(self) -> str:
        return "MrzKey(...)"


DocumentKey = CardAccessNumber | MrzKey
"""What opens a contactless document; typed in by the person who holds it."""


@dataclass(frozen=True, slots=True, repr=False)
class HolderClaim:
    """Who the person says they are. An empty text is not compared.

    Attributes:
        codice_fiscale: 16 characters, upper case.
        surname: as typed in.
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


# --- what is told while it is read


class ReadingStage(Enum):
    """How far a reading is, in the order in which a person sees it."""

    WAITING = "waiting"
    """No document on the reader yet: "put your card here"."""
    OPENING = "opening"
    """The number is tried on the chip."""
    READING = "reading"
    """Files are read; `done` and `total` count bytes."""
    CHECKING = "checking"
    """Signatures and the chip's own proof are checked."""


class Coaching(Enum):
    """What would help the contact."""

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
        total: bytes to read as far as known, 0 while unknown.
        coaching: what would help, None where the contact is good.
        lost: the document left the field and is waited for; nothing need be typed again.
    """

    stage: ReadingStage = ReadingStage.WAITING
    done: int = 0
    total: int = 0
    coaching: Coaching | None = None
    lost: bool = False

    @property
    def percent(self) -> int:
        """Whole hundredths of the bytes, 0 to 100; 0 while the total is unknown."""
        if self.total <= 0:
            return 0
        return max(0, min(100, 100 * self.done // self.total))


# --- what is judged


class Property(Enum):
    """What can be said of a document, each by itself; rows of a verdict stand in this order."""

    GENUINE = "genuine"
    UNALTERED = "unaltered"
    NOT_CLONED = "not-cloned"
    IN_DATE = "in-date"
    NOT_REVOKED = "not-revoked"
    HOLDER = "holder"


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
        reasons: codes such as `genuine.chain`; texts `verdict.<reason>.citizen` and `.clerk`.
    """

    property: Property
    finding: Finding
    reasons: tuple[str, ...]


class Headline(Enum):
    """A verdict in one word."""

    SOUND = "sound"
    """Genuine, unaltered, not cloned and in date are proven, and nothing is refuted."""
    EXPIRED = "expired"
    """Nothing is refuted but that it is in date."""
    OTHER_HOLDER = "other-holder"
    """Nothing is refuted but that its data are those typed in (and perhaps that it is in date)."""
    WRONG = "wrong"
    """Something speaks against the document itself: a clerk is called."""
    UNPROVEN = "unproven"
    """Nothing speaks against it, and not everything could be proven here."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is proven, refuted or not provable here of a document.

    Attributes:
        judgements: one for each `Property`, in the order of that enumeration.
    """

    judgements: tuple[Judgement, ...] = ()

    def finding(self, what: Property) -> Finding:
        """What was found of one property; not provable where nothing was said of it."""
        for judgement in self.judgements:
            if judgement.property is what:
                return judgement.finding
        return Finding.NOT_PROVABLE

    @property
    def expired(self) -> bool:
        """Whether the document is past its date."""
        return self.finding(Property.IN_DATE) is Finding.REFUTED

    @property
    def headline(self) -> Headline:
        """The verdict in one word."""
        refuted = {one.property for one in self.judgements if one.finding is Finding.REFUTED}
        needed = (
            Property.GENUINE,
            Property.UNALTERED,
            Property.NOT_CLONED,
            Property.IN_DATE,
        )
        if refuted == {Property.IN_DATE}:
            return Headline.EXPIRED
        if Property.HOLDER in refuted and refuted <= {Property.HOLDER, Property.IN_DATE}:
            return Headline.OTHER_HOLDER
        if refuted:
            return Headline.WRONG
        if all(self.finding(what) is Finding.PROVEN for what in needed):
            return Headline.SOUND
        return Headline.UNPROVEN


# --- what is read


@dataclass(frozen=True, slots=True, repr=False)
class FacePicture:
    """The face on the chip, decoded: `rgb` is width * height * 3 bytes, row by row from the top."""

    width: int
    height: int
    rgb: bytes

    def __repr__(self) -> str:
        return f"FacePicture({self.width}x{self.height})"


@dataclass(frozen=True, slots=True, repr=False)
class DocumentHolder:
    """The person and the document as the chip tells them (EF.DG1, DG11, DG12), nothing checked.

    Attributes:
        document_code: first letters of the machine readable zone: `C`, `I`, `P`, ...
        issuing_state: three letters, `ITA`.
        document_number: without filler.
        surname: primary identifier.
        name: secondary identifier.
        names_cut: the names leave no room in the zone, so they may be cut.
        names_transliterated: accents and apostrophes are lost.
        nationality: three letters.
        sex: `M`, `F` or empty.
        birth_date: YYYYMMDD; unknown parts are `00`.
        expires_on: last day of validity, None where unknown.
        codice_fiscale: 16 characters, or empty.
        birth_place: without the province; empty where unknown.
        birth_province: sigla of the province; empty for those born abroad.
        address: lines of the permanent address, in the document's order.
        issued_on: None where the document does not say.
        issuing_authority: empty where the document does not say.
        century_guessed: the document says two digits of the year of birth only, and its holder
            can be a hundred years older than `birth_date` has it.
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
        face: the face; None where it was not asked for, is not there or cannot be decoded.
        protocol: how the chip was opened, `PACE DH-GM 3DES`.
        losses: how often the document left the field meanwhile.
        facts: technical facts for the clerk's page, never personal data.
    """

    holder: DocumentHolder = field(repr=False)
    verdict: Verdict
    face: FacePicture | None
    protocol: str
    losses: int = 0
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class HealthCardProof:
    """A health card whose chip has signed a challenge after its PIN.

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
        left: wrong tries left; None where the card does not tell.
        last: only one try is left: it is never spent here.
        blocked: the PIN is blocked; only the PUK helps.
    """

    left: int | None
    last: bool
    blocked: bool
