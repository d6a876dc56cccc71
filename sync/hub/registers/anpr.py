"""What ANPR's e-services for persons ask and answer (C015 generalità, C020 residenza; ANPR table 2).

Only what the form of Tabella 2 has is taken out; everything else of the answer is dropped here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sync.model import codice_fiscale, places
from sync.model.addresses import (
    ForeignAddress,
    ItalianAddress,
    Residence,
    parse_cap,
    parse_city,
    parse_house_number,
    parse_nation,
    parse_street,
)
from sync.model.codice_fiscale import CodiceFiscale
from sync.model.dates import PartialDate, partial_from_text
from sync.model.errors import Problem
from sync.model.identity import Person, Sex
from sync.model.inquiry import PersonFound, RegisterName
from sync.model.names import parse_name

MOST_BYTES: Final = 256 * 1024

NOT_FOUND: Final = frozenset({"EN122", "ENT04", "ES003"})
"""Codes that say that the register does not know the person."""


def question(
    operation: str, codice_fiscale_text: str, today: date, case: str, reason: str
) -> bytes:
    """The body of a request.

    Args:
        operation: this hub's own identifier of the request.
        codice_fiscale_text: canonical.
        today: day to which the data refer.
        case: name of the use case, `C020`.
        reason: what the request is made for, free of personal data.
    """
    return json.dumps(
        {
            "idOperazioneClient": operation,
            "criteriRicerca": {"codiceFiscale": codice_fiscale_text},
            "datiRichiesta": {
                "dataRiferimentoRichiesta": today.isoformat(),
                "motivoRichiesta": reason,
                "casoUso": case,
            },
        }
    ).encode()


def error_codes(body: bytes) -> frozenset[str]:
    """The codes of `listaErrori` or `listaAnomalie` in a refusal; empty where there are none."""
    plain = _parsed(body)
    if plain is None:
        return frozenset()
    return frozenset(
        str(entry.get("codiceErroreAnomalia", ""))
        for name in ("listaErrori", "listaAnomalie")
        for entry in _list(plain.get(name))
        if isinstance(entry, dict)
    )


def answer(name: RegisterName, body: bytes, asked: str) -> PersonFound | None:
    """The one person of an answer.

    Args:
        name: of the register.
        body: JSON.
        asked: the codice fiscale that was asked for: an answer about anybody else is none.

    Returns:
        The person, or None where the answer is not about one person with a name, a date of birth
        and a sex. An address that the form could not hold is left out.
    """
    plain = _parsed(body)
    subjects = _list(_part(plain, "listaSoggetti").get("datiSoggetto"))
    if len(subjects) != 1 or not isinstance(subjects[0], dict):
        return None
    person = _person(_part(subjects[0], "generalita"), asked)
    if person is None:
        return None
    homes = [home for home in _list(subjects[0].get("residenza")) if isinstance(home, dict)]
    return PersonFound(name, person, _residence(homes[0]) if homes else None, None, None)


def _person(general: Mapping[str, Any], asked: str) -> Person | None:
    code = codice_fiscale.parse(_text(_part(general, "codiceFiscale"), "codFiscale"))
    if not isinstance(code, CodiceFiscale) or code.text != asked:
        return None
    surname, name = _text(general, "cognome"), _text(general, "nome")
    names = (
        None if not surname or general.get("senzaCognome") else parse_name(surname),
        None if not name or general.get("senzaNome") else parse_name(name),
    )
    born = _born(general)
    sex = {"M": Sex.MALE, "F": Sex.FEMALE}.get(_text(general, "sesso").upper())
    if isinstance(names[0], Problem) or isinstance(names[1], Problem) or names == (None, None):
        return None
    if born is None or sex is None:
        return None
    return Person(code.text, names[0], names[1], born, sex)


def _born(general: Mapping[str, Any]) -> PartialDate | None:
    """The date of birth; ANPR writes 01 for a day or month that nobody knows, and says so."""
    text = _text(general, "dataNascita")[:10]
    if general.get("senzaGiornoMese"):
        text = text[:4]
    elif general.get("senzaGiorno"):
        text = text[:7]
    born = partial_from_text(text)
    return None if isinstance(born, Problem) else born


def _residence(home: Mapping[str, Any]) -> Residence | None:
    abroad = _part(home, "localitaEstera")
    return _foreign(_part(abroad, "indirizzoEstero")) if abroad else _italian(home)


def _italian(home: Mapping[str, Any]) -> ItalianAddress | None:
    address = _part(home, "indirizzo")
    comune = places.comune_by_istat(_text(_part(address, "comune"), "codiceIstat"))
    road = _part(address, "toponimo")
    street = parse_street(
        f"{_text(road, 'specie')} {_text(road, 'denominazioneToponimo')}".strip().title()
    )
    number = parse_house_number(_house_number(_part(address, "numeroCivico")))
    cap = parse_cap(_text(address, "cap"))
    if comune is None or isinstance(street, Problem) or isinstance(number, Problem):
        return None
    return ItalianAddress(
        street=street,
        number=number,
        comune=comune.belfiore,
        cap=None if isinstance(cap, Problem) else cap,
    )


def _house_number(civic: Mapping[str, Any]) -> str:
    inside = _part(civic, "civicoInterno")
    number = _text(civic, "numero") + _text(civic, "lettera") + _text(civic, "esponente1")
    parts = [number or "SNC"]
    for label, name in (("scala", "scala"), ("int.", "interno1")):
        value = _text(inside, name)
        if value:
            parts.append(f"{label} {value}")
    return " ".join(parts)


def _foreign(address: Mapping[str, Any]) -> ForeignAddress | None:
    place, road = _part(address, "localita"), _part(address, "toponimo")
    city = parse_city(_text(place, "descrizioneLocalita"))
    nation = parse_nation(_text(place, "descrizioneStato"))
    street = parse_street(_text(road, "denominazione"))
    number = parse_house_number(_text(road, "numeroCivico") or "SNC")
    if (
        isinstance(city, Problem)
        or isinstance(nation, Problem)
        or isinstance(street, Problem)
        or isinstance(number, Problem)
    ):
        return None
    return ForeignAddress(street=street, number=number, city=city, nation_text=nation, nation=None)


def _parsed(body: bytes) -> Mapping[str, Any] | None:
    try:
        plain = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return plain if isinstance(plain, dict) else None


def _part(plain: Mapping[str, Any] | None, name: str) -> Mapping[str, Any]:
    found = None if plain is None else plain.get(name)
    return found if isinstance(found, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(plain: Mapping[str, Any], name: str) -> str:
    value = plain.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).strip()
