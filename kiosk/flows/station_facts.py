"""What a clerk or an installer may know of the station itself: certificate, key, signed lists.

Nothing of a person is in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from kiosk.flows.phrases import Phrase, Value, phrase

EXPIRY_WARNING_DAYS: Final = 45
"""So long before its end a certificate that was not renewed is told of (R-004-19)."""

OLD_LIST_DAYS: Final = 7
"""A signed list older than this is told of: the hub was not reached for so long."""


class SignedList(Enum):
    """The lists that the hub signs and a station holds; values name them on the wire."""

    TRUST = "trust"
    STATIONS = "stations"
    ROSTER = "roster"
    DOCUMENTS = "documents"
    SETTINGS = "settings"
    TEXTS = "texts"
    PLACES = "places"


CORRECTIONS: Final = frozenset({SignedList.SETTINGS, SignedList.TEXTS, SignedList.PLACES})
"""Lists that correct what the station was shipped with: a hub need not have any, and none grows old."""


@dataclass(frozen=True, slots=True)
class ListHeld:
    """A signed list as this station has it.

    Attributes:
        version: 0 where there is none.
        signed: day on which the hub signed it; None where there is none, or where that day is in
            the future by the station's clock, so that no age can be told.
        code: why a newer one is not taken; empty where nothing is wrong.
    """

    name: SignedList
    version: int = 0
    signed: date | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class StorageFacts:
    """What is known of the store and its disk.

    Attributes:
        refusal: failure code of why nothing may be recorded now; empty for nothing.
        codes: failure codes of what is wrong besides.
        free_mb: mebibytes that are free; None where the disk does not say.
        worn_percent: how much of the disk's life is used up; None where it does not say.
        lost: places in the journal whose operations are lost, some hundred at most.
    """

    refusal: str = ""
    codes: tuple[str, ...] = ()
    free_mb: int | None = None
    worn_percent: int | None = None
    lost: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class StationFacts:
    """What the runtime knows of the station.

    Attributes:
        expires: last day of the station's certificate; None where it cannot be read.
        protection: what keeps the signing key from being copied: `software`, `token`, `tpm`.
        lists: the signed lists, in the order of `SignedList`.
        renewal: code of what keeps the certificate from being renewed; empty for nothing.
        storage: the store and its disk.
    """

    expires: date | None = None
    protection: str = ""
    lists: tuple[ListHeld, ...] = ()
    renewal: str = ""
    storage: StorageFacts = StorageFacts()


@dataclass(frozen=True, slots=True)
class StationFactsTold:
    """From the runtime: the facts are others than were told before."""

    facts: StationFacts


def certificate_warning(facts: StationFacts, today: date) -> Phrase | None:
    """What to say of a certificate that ends soon, or has ended; None where all is well."""
    if facts.expires is None:
        return None
    left = (facts.expires - today).days
    if left < 0:
        return phrase("station-facts.expired", **day_values(facts.expires))
    if left <= EXPIRY_WARNING_DAYS:
        return phrase("station-facts.expires-soon", n=left, **day_values(facts.expires))
    return None


def warnings(facts: StationFacts, today: date) -> tuple[Phrase, ...]:
    """Lines for a clerk's or an installer's page: certificate and lists that need somebody."""
    found = certificate_warning(facts, today)
    lines = [] if found is None else [found]
    for one in facts.lists:
        if one.name in CORRECTIONS:
            continue
        if one.signed is not None and (today - one.signed).days > OLD_LIST_DAYS:
            name = phrase(f"signed-list.{one.name.value}")
            days = (today - one.signed).days
            lines.append(phrase("station-facts.old-list", name=name, n=days))
    storage = facts.storage
    codes = ([storage.refusal] if storage.refusal else []) + list(storage.codes)
    lines.extend(phrase(f"failure.{code}.clerk") for code in codes)
    return tuple(lines)


def day_values(day: date) -> dict[str, Value]:
    """A day for the texts that write it out."""
    return {"day": day.day, "month": phrase(f"month.{day.month}"), "year": day.year}
