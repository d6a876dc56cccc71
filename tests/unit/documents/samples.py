"""Registrations of invented people, from the plain to the extreme, and an office."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from uuid import UUID

from hw.keystore.software import SoftwareKey
from kiosk.flows.office import OfficeInfo
from kiosk.flows.receipt import Receipt
from sync.model.addresses import ForeignAddress, ItalianAddress
from sync.model.contacts import Contacts
from sync.model.dates import PartialDate
from sync.model.delegation import Delegation, DelegationKind
from sync.model.documents import DocumentKind, IdentityDocument
from sync.model.identity import Person, Sex
from sync.model.preregistration import Community, DataSource, Preregistration
from sync.model.registration_number import issue
from sync.wire.proof import make_proof
from sync.wire.signer import Protection

NUMBER = issue(17, 4711)
RECORDED_AT = datetime(2026, 3, 3, 8, 41, tzinfo=UTC)  # 09:41 on Italian clocks

CARD = IdentityDocument(
    DocumentKind.CARTA_IDENTITA, "CA12345AA", date(2021, 5, 3), "Comune di Torino"
)
PERMIT = IdentityDocument(
    DocumentKind.PERMESSO_SOGGIORNO, "I12345678", date(2024, 2, 29), "Questura di Torino"
)
MARIA = Person("RSSMRA50A41L219X", "Rossi", "Maria", PartialDate(1950, 1, 1), Sex.FEMALE)
LUCA = Person("BNCLCU75D12L219K", "Bianchi", "Luca", PartialDate(1975, 4, 12), Sex.MALE)
LICENCE = IdentityDocument(
    DocumentKind.PATENTE_GUIDA, "U1A23B456C", date(2019, 10, 22), "Motorizzazione civile di Torino"
)
MODULE = Delegation(
    DelegationKind.MODULO_DELEGA, LUCA, LICENCE, "luca.bianchi@example.it", "+393471112223"
)
DECLARATION = Delegation(DelegationKind.DICHIARAZIONE_SOSTITUTIVA, LUCA, LICENCE)

OFFICE = OfficeInfo(
    station="kiosk-0001",
    name="Comune di Esempio",
    comune="L219",
    community=Community.SISTEMA_PIEMONTE,
    counter_address="Ufficio anagrafe, piano terra\nPiazza del Municipio 1, 10100 Esempio (TO)",
    opening="Dal lunedì al venerdì, ore 8.30\N{EN DASH}12.30\nGiovedì anche ore 14.00\N{EN DASH}16.30",
)

LONG = ("Maria Antonietta Giuseppina Elisabetta Francesca Immacolata " * 2)[:100].strip()
WIDE = "W" * 100
MARKUP = "<b>&amp;\"'</b> {x} {{y}} {% z %}"
ODD = "שלום عرب \U0001d504\U0001f600\u202e\x00\x08\x1b@\x1dV\ud800中文 Nguyễn"

PLAIN = Preregistration(
    registration_number=NUMBER.text,
    community=Community.SISTEMA_PIEMONTE,
    language="it",
    privacy_notice="2026-1",
    source=DataSource.TYPED,
    person=MARIA,
    residence=ItalianAddress("Via Giuseppe Garibaldi", "12 bis int. 4", "L219", "10122"),
    domicile=None,
    contacts=Contacts("maria.rossi@example.it", mobile="+393331234567"),
    document=CARD,
    delegation=None,
    note=None,
)

FULL = replace(
    PLAIN,
    domicile=ItalianAddress("Piazza Walther", "3", "A952", "39100", "Famiglia Verdi"),
    contacts=Contacts("maria.rossi@example.it", "+390111234567", "+393331234567"),
    delegation=MODULE,
    note="Porto anche il vecchio passaporto.",
)

LONGEST = replace(
    PLAIN,
    person=Person("RSSMRA50A41L219X", WIDE, LONG, PartialDate(1950), Sex.FEMALE),
    residence=ForeignAddress(LONG, "12345/bis scala B interno 17", LONG, WIDE),
    domicile=ItalianAddress(LONG, "12345/bis", "A952", "39100", LONG),
    contacts=Contacts("a" * 64 + "@" + "b" * 60 + ".example.it", "+390111234567"),
    document=IdentityDocument(DocumentKind.PASSAPORTO, "YA" + "1" * 30, date(2020, 2, 29), WIDE),
    delegation=Delegation(
        DelegationKind.MODULO_DELEGA,
        replace(LUCA, surname=WIDE, name=LONG),
        replace(LICENCE, issuer=LONG),
        "a" * 64 + "@example.it",
        "+393471112223",
    ),
    note=f"{LONG} " * 5,
)


def strange(text: str) -> Preregistration:
    """A registration that says `text` wherever a person can type."""
    document = IdentityDocument(DocumentKind.PATENTE_NAUTICA, text, date(2020, 2, 29), text)
    return replace(
        PLAIN,
        person=replace(MARIA, surname=text, name=text, codice_fiscale=text),
        residence=ItalianAddress(text, text, text, text),
        domicile=ItalianAddress(text, text, text, text, text),
        contacts=Contacts(text, text, text),
        document=document,
        delegation=Delegation(
            DelegationKind.MODULO_DELEGA,
            replace(LUCA, surname=text, name=None),
            document,
            text,
            text,
        ),
        note=text,
    )


class _Signer:
    def __init__(self, key: SoftwareKey) -> None:
        self._key = key
        self.key_id = sha256(key.public_spki).digest()
        self.protection = Protection.SOFTWARE

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


_OPERATION_HASH = sha256(b"an envelope").digest()
_PROOF = make_proof(
    registration_number=NUMBER.text,
    recorded_at=int(RECORDED_AT.timestamp() * 1000),
    operation_hash=_OPERATION_HASH,
    station=OFFICE.station,
    signer=_Signer(SoftwareKey.generate()),
)


def receipt_of(operation: Preregistration = PLAIN, *, proof: str = _PROOF) -> Receipt:
    return Receipt(
        operation_id=UUID("0195b3a0-0000-7000-8000-000000000001"),
        registration_number=NUMBER.text,
        grouped=NUMBER.grouped,
        operation_hash=_OPERATION_HASH.hex(),
        recorded_at=RECORDED_AT,
        station=OFFICE.station,
        office=OFFICE.name,
        proof=proof,
        language=operation.language,
        preregistration=operation,
    )
