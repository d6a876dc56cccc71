"""Frozen values that devices return. Whoever shows or stores them decides what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from hw.errors import DeviceTrouble


@dataclass(frozen=True, slots=True, repr=False)
class HealthCardReading:
    """The personal data record of a TS-CNS (EF_DatiPersonali) and the card's number.

    Every text is what the card says: decoded, stripped of padding, free of control characters,
    and nothing more. A field that the card leaves empty is the empty string. Code fields (sex,
    codice fiscale, comuni, states) are upper-cased, names are not. Nothing is checked against the
    world: a comune may have ceased, a codice fiscale may be wrong.

    The representation hides every value, so that no log line can show a person.

    Attributes:
        issuer: code of the issuing body, as on the card (`6030` = a Region's code).
        issued_on: date of issue; None where the card has none or an impossible one.
        expires_on: last day of validity; None where the card has none or an impossible one.
        surname: surname, upper case on most cards.
        name: given names.
        birth_date_text: eight characters DDMMYYYY as on the card, where an unknown day or month
            is `00`; empty or malformed where the card says so (then named in `doubtful`).
        sex: `M` or `F`, or empty.
        height: centimetres as on the card, usually empty.
        codice_fiscale: 16 characters on real cards; never empty.
        citizenship: code of the state of citizenship, usually empty.
        birth_comune: Belfiore code of the comune of birth, or of the state (`Z` and digits).
        birth_state: foreign state of birth, as on the card, usually empty.
        birth_certificate: particulars of the birth certificate, usually empty.
        residence_comune: Belfiore code of the comune of residence at the time of issue.
        residence_address: address at the time of issue, usually empty.
        expatriation_notes: notes on validity abroad, usually empty.
        card_id: the 16 characters of EF_IDCarta, or empty where the card does not give them.
        doubtful: names of the attributes above that are not of the form which the record's layout
            gives them (`birth_date_text`, `codice_fiscale`, ...): to be shown as to-be-corrected.
    """

    issuer: str
    issued_on: date | None
    expires_on: date | None
    surname: str
    name: str
    birth_date_text: str
    sex: str
    height: str
    codice_fiscale: str
    citizenship: str
    birth_comune: str
    birth_state: str
    birth_certificate: str
    residence_comune: str
    residence_address: str
    expatriation_notes: str
    card_id: str
    doubtful: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "HealthCardReading(...)"


@dataclass(frozen=True, slots=True)
class CardInserted:
    """A card lies in a reader and answered its reset. It may be of any kind.

    Attributes:
        reader: name of the reader, as PC/SC gives it.
    """

    reader: str


@dataclass(frozen=True, slots=True)
class CardRemoved:
    """The card left its reader, or its reader left with it.

    Attributes:
        reader: name of the reader, as PC/SC gives it.
    """

    reader: str


@dataclass(frozen=True, slots=True)
class ReaderReady:
    """Cards can be read: sent once at the start and again after each trouble with all readers.

    Attributes:
        readers: names of the readers now present; never empty.
    """

    readers: tuple[str, ...]


CardEvent: TypeAlias = CardInserted | CardRemoved | ReaderReady | DeviceTrouble
"""What a watch of the card readers tells its listener."""


@dataclass(frozen=True, slots=True, repr=False)
class OperatorIdentity:
    """An operator whose card has signed a challenge after its PIN.

    Attributes:
        name: common name of the certificate's subject.
        identifier: the subject's serialNumber, or its common name where there is none.
        certificate: the certificate, DER.
        expires_on: last day of its validity.
        revocation_checked: a revocation list that is current says that it is not revoked; False
            where this station has none.
    """

    name: str
    identifier: str
    certificate: bytes
    expires_on: date
    revocation_checked: bool

    def __repr__(self) -> str:
        return "OperatorIdentity(...)"


@dataclass(frozen=True, slots=True, repr=False)
class OperatorSignature:
    """A signature that an operator's card made.

    Attributes:
        algorithm: `RS256` or `ES256` (RFC 7518 clause 3.1).
        signature: of RS256 as long as the modulus; of ES256 r and s, 32 bytes each.
        certificate: SHA-256 of the certificate, DER, whose key made it.
    """

    algorithm: str
    signature: bytes
    certificate: bytes

    def __repr__(self) -> str:
        return f"OperatorSignature({self.algorithm})"
