"""How a datum of the model is said to a person on paper, in the language of the paper."""

from __future__ import annotations

from datetime import date, datetime

from babel.dates import format_date
from babel.numbers import format_decimal

from kiosk.flows.italian_time import in_italy
from kiosk.strings.catalogue import Catalogue
from sync.model import places
from sync.model.addresses import ForeignAddress, ItalianAddress, Residence
from sync.model.dates import PartialDate
from sync.model.documents import IdentityDocument
from sync.model.identity import Person

SEPARATOR = " \N{EN DASH} "
"""Stands between things of one line that are not a sentence."""

_ITALIAN_PREFIX = "+39"


def full_name(person: Person) -> str:
    """Name and surname as one is addressed; either may be missing."""
    return " ".join(part for part in (person.name, person.surname) if part)


def surname_first(person: Person) -> str:
    """Surname and name, the order of Italian forms; either may be missing."""
    return " ".join(part for part in (person.surname, person.name) if part)


def initials(person: Person) -> str:
    """`M. R.`: tells two slips of one household apart and names nobody."""
    return " ".join(f"{part[0]}." for part in (person.name, person.surname) if part)


def day(when: date, catalogue: Catalogue) -> str:
    """A calendar day, `3 marzo 2026`."""
    return format_date(when, "d MMMM y", locale=catalogue.language)


def local_day(when: datetime, catalogue: Catalogue) -> str:
    """The day of an aware time on Italian clocks."""
    return day(in_italy(when).date(), catalogue)


def local_time(when: datetime) -> str:
    """Hour and minute of an aware time on Italian clocks, `09:41` in every language."""
    return f"{in_italy(when):%H:%M}"


def decimal(number: float, catalogue: Catalogue) -> str:
    """A number with one decimal, `3,4` in Italian."""
    return format_decimal(number, "0.0", locale=catalogue.language)


def partial_date(when: PartialDate, catalogue: Catalogue) -> str:
    """A date of birth as far as it is known: `1 gennaio 1950`, `gennaio 1950`, `1950`."""
    if when.month is None:
        return str(when.year)
    if when.day is None:
        return format_date(date(when.year, when.month, 1), "LLLL y", locale=catalogue.language)
    return day(date(when.year, when.month, when.day), catalogue)


def comune(belfiore: str) -> str:
    """Name and province of a comune, `Torino (TO)`, `Bolzano/Bozen (BZ)`.

    A code that is not listed is shown as it is: a paper is never refused for it.
    """
    place = places.comune(belfiore)
    if place is None:
        return belfiore
    name = f"{place.name}/{place.other_name}" if place.other_name else place.name
    return f"{name} ({place.province})" if place.province else name


def street(where: Residence) -> str:
    """Street and house number as an envelope has them."""
    return f"{where.street} {where.number}".strip()


def address(where: Residence, catalogue: Catalogue) -> str:
    """An address on one line."""
    match where:
        case ItalianAddress():
            town = " ".join(part for part in (where.cap, comune(where.comune)) if part)
            line = f"{street(where)}, {town}"
        case ForeignAddress():
            line = f"{street(where)}, {where.city}, {where.nation_text}"
    if isinstance(where, ItalianAddress) and where.care_of:
        return catalogue.text("document.care-of", name=where.care_of, address=line)
    return line


def document_kind(document: IdentityDocument, catalogue: Catalogue) -> str:
    """The kind of an identity document."""
    return catalogue.text(f"document.kind.{document.kind.value}")


def document_line(document: IdentityDocument, catalogue: Catalogue) -> str:
    """Kind, number, day and issuer of an identity document on one line.

    The issuer may be missing in registrations made online (R-003-29).
    """
    if not document.issuer:
        return catalogue.text(
            "paper.form.document-without-issuer",
            kind=document_kind(document, catalogue),
            number=document.number,
            day=day(document.issued_on, catalogue),
        )
    return catalogue.text(
        "document.identity-document",
        kind=document_kind(document, catalogue),
        number=document.number,
        day=day(document.issued_on, catalogue),
        issuer=document.issuer,
    )


def phone(number: str | None) -> str:
    """A telephone number in groups of three, for the eye; empty where there is none.

    An Italian number is `+39` and up to eleven digits; others are shown as they are, because
    their groups are not known here.
    """
    if number is None or not number.startswith(_ITALIAN_PREFIX):
        return number or ""
    rest = number.removeprefix(_ITALIAN_PREFIX)
    groups = [rest[i : i + 3] for i in range(0, len(rest), 3)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = [groups[-2] + groups[-1]]
    return " ".join((_ITALIAN_PREFIX, *groups))
