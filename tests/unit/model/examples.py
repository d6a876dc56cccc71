"""Operations to test with: some that are right, and strategies for any that are right.

The codici fiscali are published examples of the algorithm; none is a person's.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import strategies as st

from sync.model import operation, registration_number
from sync.model.addresses import ForeignAddress, ItalianAddress
from sync.model.contacts import Contacts
from sync.model.dates import PartialDate
from sync.model.delegation import Delegation, DelegationKind
from sync.model.documents import DocumentKind, IdentityDocument
from sync.model.errors import Problem
from sync.model.identification import (
    DocumentSeen,
    Excuse,
    Finger,
    FingerEntry,
    Hand,
    Identification,
    SeenKind,
    Way,
)
from sync.model.identity import Person, Sex
from sync.model.names import parse_line, parse_name
from sync.model.preregistration import Community, DataSource, Preregistration
from sync.model.readiness import DeviceChecked, DeviceKind, DeviceState, ReadinessReport

TODAY = date(2026, 11, 22)

CODES = (
    "RSSMRA80A01H501U",
    "RSSMRA85T10A562S",
    "THDSDA95P08Z330H",
    "BLSLGS84C22Z145O",
    "BRNGNN71B26L219T",
    "GMBLSN84A05G674H",
    "MRTMRA83T56A269B",
    "PNLMHL79R27I158P",
    "QTRDRA71P13G388J",
    "TKKYKU87B68L219F",
    "RSSMRA50B17A558W",
    "RSSMRA68A01H501Y",
)

MARIO = Person("RSSMRA80A01H501U", "Rossi", "Mario", PartialDate(1980, 1, 1), Sex.MALE)
MARTA = Person("MRTMRA83T56A269B", "Martini", "Maria", PartialDate(1983, 12, 16), Sex.FEMALE)

HOME = ItalianAddress("Via Giuseppe Garibaldi", "12/A int. 3", "L219", "10121")
ABROAD = ForeignAddress("Rue de la Paix", "4 bis", "Lyon", "Francia", "Z110")
DOMICILE = ItalianAddress("Corso Italia", "7", "A326", "11100", "Famiglia Bianchi")
CARD = IdentityDocument(
    DocumentKind.CARTA_IDENTITA, "CA00000AA", date(2020, 3, 4), "Comune di Torino"
)
PASSPORT = IdentityDocument(
    DocumentKind.PASSAPORTO, "YA0000000", date(2021, 5, 6), "Questura di Torino"
)
DELEGATION = Delegation(
    DelegationKind.MODULO_DELEGA, MARTA, PASSPORT, "marta@example.org", "+390110000000"
)

COMPLETE = Preregistration(
    registration_number=None,
    community=Community.SISTEMA_PIEMONTE,
    language="it",
    privacy_notice="2026-1",
    source=DataSource.TYPED,
    person=MARIO,
    residence=HOME,
    domicile=DOMICILE,
    contacts=Contacts("mario@example.org", "0110000000", "3330000000"),
    document=CARD,
    delegation=DELEGATION,
    note="Passo il martedì mattina",
)
"""Every field of Tabella 2 filled, in Italy, with an identity card."""

LEAST = replace(
    COMPLETE,
    domicile=None,
    contacts=Contacts("mario@example.org"),
    delegation=None,
    note=None,
)
"""Only what is mandatory."""


LEFT = FingerEntry(Hand.LEFT, Finger.INDEX, b"FP3 left \x00\xff" * 40, "libfprint.fp3", 71)
RIGHT = FingerEntry(Hand.RIGHT, Finger.INDEX, b"FP3 right \x00\xff" * 40, "libfprint.fp3", 88)

IDENTIFIED = Identification(
    codice_fiscale=MARIO.codice_fiscale,
    surname="Rossi",
    name="Mario",
    birth_date=PartialDate(1980, 1, 1),
    document=DocumentSeen(
        SeenKind.IDENTITY_CARD, "sound", ("genuine", "unaltered", "not-cloned", "in-date")
    ),
    way=Way.FINGERPRINTS,
    fingers=(LEFT, RIGHT),
)
"""By two fingers; the templates are no templates."""

READY = ReadinessReport(
    office="Sportello di prova",
    role="counter",
    software="0.1.0",
    made_on=TODAY,
    devices=(
        DeviceChecked(
            DeviceKind.CARD_READER,
            DeviceState.WORKING,
            "Reader 00 00",
            "reader.absent",
            tested=True,
            passed=True,
            milliseconds_to_service=2300,
        ),
        DeviceChecked(DeviceKind.CAMERA, DeviceState.WORKING, "v4l2", tested=True, passed=True),
    ),
)


def plain_of(preregistration: Preregistration) -> dict[str, Any]:
    """The plain form, to be broken at one place."""
    return operation.to_plain(preregistration)


def put(plain: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy of a plain value with one member, at a dotted path, replaced."""
    key, _, rest = path.partition(".")
    return {**plain, key: put(plain[key], rest, value) if rest else value}


def _right(value: object) -> bool:
    return not isinstance(value, Problem)


_latin = st.characters(codec="latin-1", categories=["Lu", "Ll"])
names = (
    st.text(st.one_of(_latin, st.sampled_from(" '-")), min_size=1, max_size=30)
    .map(parse_name)
    .filter(_right)
    .map(str)
)


def lines(longest: int) -> st.SearchStrategy[str]:
    """Lines as the validator leaves them."""
    return (
        st.text(st.one_of(_latin, st.sampled_from(" '/-.0123456789")), min_size=1, max_size=longest)
        .map(lambda text: parse_line(text, longest=longest, what="line"))
        .filter(_right)
        .map(str)
    )


days = st.dates(date(1930, 1, 1), date(2005, 12, 31))
partial_dates = st.one_of(
    days.map(lambda day: PartialDate(day.year)),
    days.map(lambda day: PartialDate(day.year, day.month)),
    days.map(lambda day: PartialDate(day.year, day.month, day.day)),
)
comuni = st.sampled_from(["L219", "H501", "A326", "A952", "F205", "M439"])
caps = st.text("0123456789", min_size=5, max_size=5)
documents = st.builds(
    IdentityDocument,
    kind=st.sampled_from(DocumentKind),
    number=st.from_regex(r"[A-Z]{2}[0-9]{5}[A-Z]{2}", fullmatch=True),
    issued_on=st.dates(date(2010, 1, 1), TODAY),
    issuer=lines(100),
)


def people(codes: tuple[str, ...]) -> st.SearchStrategy[Person]:
    """Persons with one of some codes, with or without surname, name and parts of the birth date."""
    whole = st.builds(
        Person,
        codice_fiscale=st.sampled_from(codes),
        surname=names,
        name=names,
        birth_date=partial_dates,
        sex=st.sampled_from(Sex),
    )
    return st.one_of(
        whole,
        whole.map(lambda person: replace(person, surname=None)),
        whole.map(lambda person: replace(person, name=None)),
    )


emails = st.from_regex(r"[a-z]{1,10}(\.[a-z]{1,10})?@[a-z]{1,10}\.(it|com|org)", fullmatch=True)
phones = st.from_regex(r"(\+39)?0?[1-9][0-9]{6,9}", fullmatch=True)
italian_addresses = st.builds(
    ItalianAddress, street=lines(100), number=lines(30), comune=comuni, cap=caps
)
foreign_addresses = st.builds(
    ForeignAddress,
    street=lines(100),
    number=lines(30),
    city=lines(60),
    nation_text=lines(60),
    nation=st.one_of(st.none(), st.sampled_from(["Z110", "Z404"])),
)
preregistrations = st.builds(
    Preregistration,
    registration_number=st.one_of(
        st.none(),
        st.integers(0, registration_number.COUNTERS - 1).map(
            lambda counter: registration_number.issue(17, counter).text
        ),
    ),
    community=st.sampled_from(Community),
    language=st.sampled_from(["it", "en"]),
    privacy_notice=st.just("2026-1"),
    source=st.sampled_from(DataSource),
    person=people(CODES[:7]),
    residence=st.one_of(italian_addresses, foreign_addresses),
    domicile=st.one_of(
        st.none(),
        italian_addresses,
        italian_addresses.map(lambda address: replace(address, cap=None, care_of="Bianchi")),
    ),
    contacts=st.builds(
        Contacts,
        email=emails,
        landline=st.one_of(st.none(), phones),
        mobile=st.one_of(st.none(), phones),
    ),
    document=documents,
    delegation=st.one_of(
        st.none(),
        st.builds(
            Delegation,
            kind=st.sampled_from(DelegationKind),
            delegate=people(CODES[7:]),
            document=documents,
            email=st.one_of(st.none(), emails),
            phone=st.one_of(st.none(), phones),
        ),
    ),
    note=st.one_of(st.none(), lines(100)),
)
"""Any preregistration that is right, except that codes and names need not fit together."""


def _taken(hand: Hand) -> st.SearchStrategy[FingerEntry]:
    return st.builds(
        FingerEntry,
        hand=st.just(hand),
        finger=st.sampled_from(Finger),
        template=st.binary(min_size=1, max_size=300).map(
            lambda data: b"FP3 " + hand.value.encode() + data
        ),
        format=st.just("libfprint.fp3"),
        quality=st.integers(0, 100),
    )


def _excused(hand: Hand) -> st.SearchStrategy[FingerEntry]:
    return st.builds(
        FingerEntry,
        hand=st.just(hand),
        finger=st.sampled_from(Finger),
        excused=st.sampled_from(Excuse),
    )


identifications = st.builds(
    Identification,
    codice_fiscale=st.sampled_from(CODES),
    surname=names,
    name=st.one_of(st.none(), names),
    birth_date=partial_dates,
    document=st.just(IDENTIFIED.document),
    way=st.just(Way.FINGERPRINTS),
    fingers=st.one_of(
        st.tuples(_taken(Hand.LEFT), _taken(Hand.RIGHT)),
        st.tuples(_taken(Hand.RIGHT), _excused(Hand.LEFT)),
    ),
)

reports = st.builds(
    ReadinessReport,
    office=lines(100),
    role=st.sampled_from(["citizen", "counter", "installer"]),
    software=st.just("0.1.0"),
    made_on=st.dates(),
    devices=st.lists(st.sampled_from(DeviceKind), min_size=1, unique=True).flatmap(
        lambda kinds: st.tuples(
            *(
                st.builds(
                    DeviceChecked,
                    kind=st.just(kind),
                    state=st.sampled_from(DeviceState),
                    model=st.sampled_from(["", "05ba:000a"]),
                    last_code=st.sampled_from([None, "printer.paper-out"]),
                    tested=st.just(value=True),
                    passed=st.booleans(),
                    milliseconds_to_service=st.one_of(st.none(), st.integers(0, 100_000)),
                )
                for kind in sorted(kinds, key=list(DeviceKind).index)
            )
        )
    ),
)
