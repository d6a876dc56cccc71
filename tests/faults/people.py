"""Invented people, as many as needed, each with an own and valid codice fiscale."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from codicefiscale import codicefiscale

from sync.model.addresses import ItalianAddress
from sync.model.contacts import Contacts
from sync.model.dates import PartialDate
from sync.model.documents import DocumentKind, IdentityDocument
from sync.model.identity import Person, Sex
from sync.model.preregistration import Community, DataSource, Preregistration

_SURNAMES = ("Rossi", "Bianchi", "Verdi", "Ferrari", "Gallo", "Conti", "Greco", "Bruno")
_NAMES: tuple[tuple[str, Literal["M", "F"]], ...] = (
    ("Mario", "M"),
    ("Luca", "M"),
    ("Marta", "F"),
    ("Giulia", "F"),
    ("Anna", "F"),
)
_FIRST_BIRTHDAY = date(1940, 1, 1)
_DAYS = 20_000


def invented(index: int) -> Preregistration:
    """The index-th person; no two of the first 800,000 have the same codice fiscale."""
    birthday = _FIRST_BIRTHDAY + timedelta(days=index % _DAYS)
    turn = index // _DAYS
    surname = _SURNAMES[turn % len(_SURNAMES)]
    name, sex = _NAMES[turn // len(_SURNAMES) % len(_NAMES)]
    code = codicefiscale.encode(
        lastname=surname,
        firstname=name,
        gender=sex,
        birthdate=f"{birthday:%d/%m/%Y}",
        birthplace="L219",
    )
    return Preregistration(
        registration_number=None,
        community=Community.SISTEMA_PIEMONTE,
        language="it",
        privacy_notice="2026-1",
        source=DataSource.TYPED,
        person=Person(
            code, surname, name, PartialDate(birthday.year, birthday.month, birthday.day), Sex(sex)
        ),
        residence=ItalianAddress("Via Garibaldi", "12", "L219", "10122"),
        domicile=None,
        contacts=Contacts(f"person{index}@posta.example", mobile="+393331234567"),
        document=IdentityDocument(
            DocumentKind.CARTA_IDENTITA, "CA12345AA", date(2020, 5, 4), "Comune di Torino"
        ),
        delegation=None,
        note=None,
    )
