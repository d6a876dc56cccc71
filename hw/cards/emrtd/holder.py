"""Who holds a document, from its files, and whether that is who stands here.

`holder_of` puts the zone (EF.DG1), the personal details (EF.DG11) and the document's (EF.DG12)
together; where the details contradict the zone, the zone counts and `contradictions` names it.
`compare` holds the result against what was typed in.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from hw.cards.emrtd.lds import DocumentDetails, PersonalDetails
from hw.cards.emrtd.mrz import Zone
from hw.cards.emrtd.transliteration import has_zone_letters, may_be_cut_from, same_name
from hw.document_readings import DocumentHolder, Finding, HolderClaim

EQUAL: Final = "holder.equal"
"""Everything typed in that the chip also says is the same."""
NAMES_CUT: Final = "holder.names-cut"
"""The zone has room for the beginning of the names only; that much is the same."""
NO_CODICE_FISCALE: Final = "holder.no-codice-fiscale"
"""The chip does not say the codice fiscale, so it was not compared."""
NOTHING_TO_COMPARE: Final = "holder.nothing-to-compare"
"""Nothing was typed in."""
TOO_LITTLE: Final = "holder.too-little"
"""What could be compared is the same, but it does not make a person: neither the codice fiscale
nor surname, name and date of birth together. A surname of which the zone has only the beginning is
too little, and a date of birth without its year."""
DIFFERENT: Final = {
    "codice_fiscale": "holder.codice-fiscale",
    "surname": "holder.surname",
    "name": "holder.name",
    "birth_date": "holder.birth-date",
    "document_number": "holder.document-number",
}
"""By attribute of `HolderClaim`: what was typed in is not what the chip says."""
OTHER_EXPIRY: Final = "holder.expiry-date"
"""The date of expiry with which the chip was opened is not the one that it says."""

_CODICE_FISCALE: Final = re.compile(
    r"[A-Z]{6}[0-9LMNP-V]{2}[ABCDEHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]"
)
_PROVINCE: Final = re.compile(r"[A-Z]{2}")
_BLANKS: Final = re.compile(r"[\s<\-./]+")
_PERSON: Final = frozenset({"surname", "name", "birth_date"})
_LONGEST_LIFE: Final = 125
"""Years that nobody has lived: a birth longer ago is in another century than it seems."""
_EXPIRY_CENTURY: Final = "20"
"""No chip expires in another: the first were issued in 2004, and none is valid for 80 years."""


def holder_of(
    zone: Zone,
    details: PersonalDetails | None,
    document: DocumentDetails | None,
    today: date,
) -> DocumentHolder:
    """The person and the document. `today` tells the century of a birth that only the zone gives."""
    told = details or PersonalDetails()
    against = contradictions(zone, details)
    named = bool(told.surname) and not {"surname", "name"} & set(against)
    named = named and has_zone_letters(told.surname + told.name)
    place, province = _birth_place(told.birth_place)
    number = told.personal_number.replace(" ", "").upper()
    birth, guessed = _birth_date(zone, "" if "birth-date" in against else told.birth_date, today)
    return DocumentHolder(
        document_code=zone.document_code,
        issuing_state=zone.issuing_state,
        document_number=zone.document_number,
        surname=told.surname if named else zone.primary,
        name=told.name if named else zone.secondary,
        names_cut=not named and zone.names_cut,
        names_transliterated=not named,
        nationality=zone.nationality,
        sex=zone.sex if zone.sex in {"M", "F"} else "",
        birth_date=birth,
        expires_on=_day(_EXPIRY_CENTURY + zone.expiry_date),
        codice_fiscale=number if _CODICE_FISCALE.fullmatch(number) else "",
        birth_place=place,
        birth_province=province,
        address=told.address,
        issued_on=_day(document.issue_date) if document else None,
        issuing_authority=document.issuing_authority if document else "",
        century_guessed=guessed,
    )


def contradictions(zone: Zone, details: PersonalDetails | None) -> tuple[str, ...]:
    """What EF.DG11 says otherwise than EF.DG1: `surname`, `name`, `birth-date`.

    Names in national letters (9303-10 clause 4.7.11), Cyrillic or Greek, are not compared.
    """
    if details is None:
        return ()
    same = may_be_cut_from if zone.names_cut else same_name
    found: list[str] = []
    latin = has_zone_letters(details.surname + details.name)
    if details.surname and latin and not same(zone.primary, details.surname):
        found.append("surname")
    names = (zone.secondary, details.name)
    # A zone that is cut may have no room for any given name.
    compared = details.surname and any(names) and not (zone.names_cut and not zone.secondary)
    if compared and latin and not same(*names):
        found.append("name")
    if details.birth_date and not _same_date(zone.birth_date, details.birth_date[2:]):
        found.append("birth-date")
    return tuple(found)


def compare(holder: DocumentHolder, claim: HolderClaim | None) -> tuple[Finding, tuple[str, ...]]:
    """Whether the holder's data are those typed in, and the reasons, never empty.

    Refuted where anything differs. Proven where the codice fiscale is the same, or surname, name
    and date of birth are, as far as `_counts` says. An empty text on either side is not compared.
    """
    if claim is None or not any(getattr(claim, field) for field in DIFFERENT):
        return Finding.NOT_PROVABLE, (NOTHING_TO_COMPARE,)
    compared = {
        field: _same(field, holder, getattr(claim, field))
        for field in DIFFERENT
        if getattr(claim, field) and getattr(holder, field)
    }
    different = tuple(DIFFERENT[field] for field, same in compared.items() if not same)
    if different:
        return Finding.REFUTED, different
    reasons: list[str] = []
    if holder.names_cut and {"surname", "name"} & set(compared):
        reasons.append(NAMES_CUT)
    if claim.codice_fiscale and not holder.codice_fiscale:
        reasons.append(NO_CODICE_FISCALE)
    counted = {field for field in compared if _counts(field, holder, getattr(claim, field))}
    if "codice_fiscale" in counted or counted >= _PERSON:
        return Finding.PROVEN, (EQUAL, *reasons)
    return Finding.NOT_PROVABLE, (TOO_LITTLE, *reasons)


def _same(field: str, holder: DocumentHolder, claimed: str) -> bool:
    """Whether one attribute of the holder is what is claimed of it."""
    held: str = getattr(holder, field)
    if field in {"surname", "name"}:
        same = may_be_cut_from if holder.names_cut else same_name
        return same(held, claimed)
    if field == "birth_date":
        return any(_same_date(birth, claimed) for birth in _births(holder))
    return _BLANKS.sub("", held).upper() == _BLANKS.sub("", claimed).upper()


def _counts(field: str, holder: DocumentHolder, claimed: str) -> bool:
    """Whether an attribute that is the same says who it is.

    One letter begins many surnames, and an unknown date is the same as any.
    """
    if field == "surname":
        return same_name(holder.surname, claimed)
    if field == "birth_date":
        year = slice(0, len("YYYY"))
        return all(_known(one, year, len(one)) for one in (holder.birth_date, claimed))
    return True


def _births(holder: DocumentHolder) -> tuple[str, ...]:
    """The dates on which the holder can have been born, where the zone's century is guessed."""
    told = holder.birth_date
    if not holder.century_guessed:
        return (told,)
    return told, f"{int(told[:2]) - 1:02}{told[2:]}"


def _same_date(left: str, right: str) -> bool:
    """Whether two dates of the same form agree; parts that one of them does not know do."""
    if len(left) != len(right):
        return False
    size = len(left)
    parts = (slice(0, size - 4), slice(size - 4, size - 2), slice(size - 2, size))
    known = [
        (left[part], right[part])
        for part in parts
        if _known(left, part, size) and _known(right, part, size)
    ]
    return all(one == other for one, other in known)


def _known(text: str, part: slice, size: int) -> bool:
    """Whether a part of a date is there; the year 00 of a short date is a year."""
    digits = text[part]
    if "<" in digits:
        return False
    return digits.strip("0") != "" or (part.start == 0 and size == len("YYMMDD"))


def _birth_place(parts: tuple[str, ...]) -> tuple[str, str]:
    """Place and province. Those born abroad have no province, and sometimes a state instead."""
    if len(parts) > 1 and _PROVINCE.fullmatch(parts[-1].upper()):
        return ", ".join(parts[:-1]), parts[-1].upper()
    return ", ".join(parts), ""


def _birth_date(zone: Zone, told: str, today: date) -> tuple[str, bool]:
    """YYYYMMDD, and whether the century is guessed.

    The century is DG11's, or the latest that does not lie in the future: a guess where somebody of
    a hundred years more can be alive.
    """
    if told:
        return told, False
    year, rest = zone.birth_date[:2], zone.birth_date[2:].replace("<", "0")
    if "<" in year:
        return "0000" + rest, False
    now = f"{today:%Y%m%d}"
    century = today.year // 100
    # An unknown month or day must not push a year that has begun into the last century.
    latest = f"{century:02}{year}{rest}"
    found = latest if latest <= now else f"{century - 1:02}{year}{rest}"
    return found, today.year - (int(found[:4]) - 100) <= _LONGEST_LIFE


def _day(text: str) -> date | None:
    """The day behind YYYYMMDD, None where there is none such."""
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None
