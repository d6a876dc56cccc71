"""From the texts of a row to checked values of the model; what is wrong is told, never guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import TypeVar

from sync.hub.importing.mapping import ColumnMapping
from sync.model import codice_fiscale, places
from sync.model.addresses import (
    FOREIGN_COMUNE,
    FOREIGN_PROVINCE,
    ForeignAddress,
    ItalianAddress,
    Residence,
    parse_cap,
    parse_care_of,
    parse_city,
    parse_house_number,
    parse_nation,
    parse_street,
)
from sync.model.codice_fiscale import CodiceFiscale
from sync.model.contacts import Contacts, parse_email, parse_phone
from sync.model.dates import check_date, check_partial, partial_from_text
from sync.model.documents import (
    DocumentKind,
    IdentityDocument,
    parse_document_number,
    parse_issuer,
)
from sync.model.errors import Problem
from sync.model.identity import Person, Sex
from sync.model.names import parse_name

T = TypeVar("T")

_NO_PART = ""


@dataclass(slots=True, repr=False)
class RowReader:
    """Reads one row and gathers all that is wrong with it.

    Attributes:
        data: by the names of `mapping.REGISTRATION_FIELDS`.
        problems: found so far, each at its datum.
    """

    data: Mapping[str, str]
    mapping: ColumnMapping
    today: date
    problems: list[Problem] = field(default_factory=list)

    def text(self, name: str) -> str:
        """What stands there; empty where nothing does."""
        return self.data.get(name, "")

    def fail(self, name: str, code: str) -> None:
        """Notes something wrong with a datum."""
        self.problems.append(Problem(code, field=name))

    def parsed(self, name: str, parse: Callable[[str], str | Problem]) -> str | None:
        """An optional text that a validator of the model accepts; None where there is none."""
        text = self.text(name)
        if not text:
            return None
        found = parse(text)
        if isinstance(found, Problem):
            self.problems.append(found.at(name))
            return None
        return found

    def day(self, name: str) -> date | None:
        """An optional day, not in the future."""
        text = self.text(name)
        if not text:
            return None
        found = self.mapping.day(text)
        if found is None:
            self.fail(name, "date.form")
            return None
        problem = check_date(found, today=self.today)
        if problem is not None:
            self.problems.append(problem.at(name))
            return None
        return found

    def choice(self, name: str, choices: Mapping[str, T]) -> T | None:
        """One of a few words; None where there is none or it is not one of them."""
        text = self.text(name)
        if not text:
            return None
        if text.casefold() not in choices:
            self.fail(name, "value.unknown")
            return None
        return choices[text.casefold()]

    def needed(self, name: str, value: T | None) -> T | None:
        """Notes that a datum is missing, unless something else is wrong with it already."""
        if value is None and not any(problem.field == name for problem in self.problems):
            self.fail(name, "value.missing")
        return value


def canonical_code(row: RowReader) -> str | None:
    """The codice fiscale, which every row must have."""
    text = row.text("codice_fiscale")
    if not text:
        row.fail("codice_fiscale", "codice-fiscale.empty")
        return None
    found = codice_fiscale.parse(text)
    if isinstance(found, Problem):
        row.problems.append(found.at("codice_fiscale"))
        return None
    return found.text


def person(row: RowReader) -> Person | None:
    """Who it is: everything of "Informazioni personali", and code and data must fit together."""
    code = canonical_code(row)
    surname, name = row.parsed("surname", parse_name), row.parsed("name", parse_name)
    if surname is None and name is None and not row.problems:
        row.problems.append(Problem("person.nameless", "surname", "R-003-48"))
    born = row.needed("birth_date", row.day("birth_date"))
    sex = row.needed("sex", row.choice("sex", {"m": Sex.MALE, "f": Sex.FEMALE}))
    if row.problems or code is None or born is None or sex is None:
        return None
    birth_date = partial_from_text(born.isoformat())
    if isinstance(birth_date, Problem) or check_partial(birth_date, today=row.today) is not None:
        row.fail("birth_date", "date.form")
        return None
    found = Person(code, surname, name, birth_date, sex)
    parsed = codice_fiscale.parse(code)
    if isinstance(parsed, CodiceFiscale):
        row.problems += [
            problem.at("codice_fiscale") for problem in codice_fiscale.differences(parsed, found)
        ]
    return None if row.problems else found


def residence(row: RowReader) -> Residence | None:
    """The residence, None where the row has none of it."""
    if row.text("province").upper() == FOREIGN_PROVINCE or (
        row.text("comune_name").upper() == FOREIGN_COMUNE
    ):
        return _abroad(row)
    if not any(
        row.text(name) for name in ("street", "comune", "comune_istat", "comune_name", "cap")
    ):
        return None
    comune = row.needed("comune", belfiore(row, ""))
    street = row.needed("street", row.parsed("street", parse_street))
    number = row.needed("house_number", row.parsed("house_number", parse_house_number))
    cap = row.parsed("cap", parse_cap)
    if comune is None or street is None or number is None:
        return None
    if cap is None:
        known = places.caps(comune)
        cap = known[0] if len(known) == 1 else None
    return ItalianAddress(street=street, number=number, comune=comune, cap=cap)


def domicile(row: RowReader) -> ItalianAddress | None:
    """The domicile, None where the row has none."""
    if not any(row.text(f"domicile_{name}") for name in ("street", "comune", "comune_name")):
        return None
    comune = row.needed("domicile_comune", belfiore(row, "domicile_"))
    street = row.needed("domicile_street", row.parsed("domicile_street", parse_street))
    number = row.needed(
        "domicile_house_number", row.parsed("domicile_house_number", parse_house_number)
    )
    cap = row.parsed("domicile_cap", parse_cap)
    care_of = row.parsed("domicile_care_of", parse_care_of)
    if comune is None or street is None or number is None:
        return None
    return ItalianAddress(street=street, number=number, comune=comune, cap=cap, care_of=care_of)


def belfiore(row: RowReader, prefix: str) -> str | None:
    """The comune by its Belfiore code, else its ISTAT code, else its name and province."""
    code = row.text(f"{prefix}comune").upper()
    if code:
        if places.comune(code) is None:
            row.fail(f"{prefix}comune", "comune.unknown")
            return None
        return code
    istat = row.text(f"{prefix}comune_istat")
    if istat:
        found = places.comune_by_istat(istat.zfill(6))
        if found is None:
            row.fail(f"{prefix}comune_istat", "comune.unknown")
            return None
        return found.belfiore
    name, province = row.text(f"{prefix}comune_name"), row.text(f"{prefix}province").upper()
    if not name:
        return None
    wanted = name.casefold()
    named = [
        place
        for place in places.search(name, limit=50, on=row.today)
        if wanted in {place.name.casefold(), (place.other_name or "").casefold()}
        and (not province or place.province == province)
    ]
    if len(named) != 1:
        row.fail(f"{prefix}comune_name", "comune.unknown" if not named else "comune.ambiguous")
        return None
    return named[0].belfiore


def contacts(row: RowReader) -> Contacts:
    """How to reach the person; the e-mail is empty where there is none (C-003-8)."""
    return Contacts(
        email=row.parsed("email", parse_email) or "",
        landline=row.parsed("landline", parse_phone),
        mobile=row.parsed("mobile", parse_phone),
    )


def document(row: RowReader) -> IdentityDocument | None:
    """The identity document, None where the row has no number; its issuer may be missing."""
    if not row.text("document_number"):
        return None
    kinds = {kind.value: kind for kind in DocumentKind}
    kind = row.needed("document_kind", row.choice("document_kind", kinds))
    issued_on = row.needed("document_issued_on", row.day("document_issued_on"))
    if kind is None:
        return None
    number = row.parsed("document_number", partial(parse_document_number, kind))
    issuer = row.parsed("document_issuer", parse_issuer)
    if issued_on is None or number is None:
        return None
    return IdentityDocument(kind, number, issued_on, issuer or _NO_PART)


def _abroad(row: RowReader) -> ForeignAddress | None:
    street = row.needed("street", row.parsed("street", parse_street))
    number = row.needed("house_number", row.parsed("house_number", parse_house_number))
    city = row.needed("city", row.parsed("city", parse_city))
    nation = row.needed("nation", row.parsed("nation", parse_nation))
    if street is None or number is None or city is None or nation is None:
        return None
    named = [
        place
        for place in places.search_states(nation, limit=10, on=row.today)
        if nation.casefold() in {place.name.casefold(), (place.other_name or "").casefold()}
    ]
    return ForeignAddress(
        street=street,
        number=number,
        city=city,
        nation_text=nation,
        nation=named[0].belfiore if len(named) == 1 else None,
    )
