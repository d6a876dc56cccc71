from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from sync.edge.mirror import Mirror
from sync.model.credential import Credential, Function, OperationKind, State
from sync.model.identity import Person
from sync.model.inquiry import ChangesSince
from sync.model.preregistration import Community
from sync.model.registration import Registration
from sync.model.searching import ABROAD, ROWS_OF_A_PAGE, Filters, Found, Strength, fold
from tests.unit.edge.mirror.material import (
    KEY,
    T0,
    booking,
    number,
    registration,
    stamp,
    told,
)
from tests.unit.model.examples import ABROAD as LYON
from tests.unit.model.examples import HOME, MARIO, MARTA

pytestmark = pytest.mark.rule("R-003-52")


def person(place: int, surname: str, name: str) -> Person:
    code = f"{MARIO.codice_fiscale[:12]}{place:03}U"
    return replace(MARIO, codice_fiscale=code, surname=surname, name=name)


ROSSI = registration(1, person=MARIO)
MARTINI = replace(
    registration(2, person=MARTA, community=Community.TORINO_FACILE),
    credential=Credential(State.ATTIVATO, strong=True, has_pin=True),
)
D_ANGELO = registration(3, person=person(3, "D'Angelò", "Zoë"), residence=LYON)
DE_LUCA = replace(
    registration(4, person=person(4, "De Luca", "Maria Grazia")),
    residence=replace(HOME, comune="A124"),
)
RESPINTO = replace(
    registration(5, person=person(5, "Rossini", "Ada")),
    credential=Credential(State.RESPINTO),
)
ALL = (ROSSI, MARTINI, D_ANGELO, DE_LUCA, RESPINTO)


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mirror]:
    opened = filled(tmp_path_factory.mktemp("mirror"), ALL)
    yield opened
    opened.close()


def filled(folder: Path, registrations: tuple[Registration, ...]) -> Mirror:
    opened = Mirror.open(folder / "mirror.db", KEY)
    assert isinstance(opened, Mirror)
    assert isinstance(opened.question(), ChangesSince)
    assert opened.take(told(*registrations), now=T0) is None
    return opened


def found(mirror: Mirror, filters: Filters, page: int = 0) -> Found:
    outcome = mirror.search(filters, page)
    assert isinstance(outcome, Found), outcome
    return outcome


def numbers(mirror: Mirror, **filters: object) -> list[str]:
    outcome = found(mirror, Filters(**filters))  # type: ignore[arg-type]
    assert outcome.total == len(outcome.rows)
    return [row.number for row in outcome.rows]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"surname": "rossi"}, [1, 5]),
        ({"surname": "OSS"}, [1, 5]),
        ({"surname": "si"}, [1, 5]),
        ({"surname": "i"}, [2, 1, 5]),
        ({"surname": "d'angelo"}, [3]),
        ({"surname": "DANGELÒ"}, [3]),
        ({"name": "zoe"}, [3]),
        ({"surname": "deluca"}, [4]),
        ({"name": "GRAZIA"}, [4]),
        ({"codice_fiscale": "MRTMRA83T56A269B"}, [2]),
        ({"codice_fiscale": "rssmra80a01h501u"}, [1]),
        ({"codice_fiscale": "A01h"}, [3, 4, 1, 5]),
        ({"codice_fiscale": "t56"}, [2]),
        ({"codice_fiscale": "T5"}, [2]),
        ({"surname": "rossi", "name": "mario"}, [1]),
        ({"surname": "rossi", "name": "maria"}, []),
        ({"surname": "xyz"}, []),
        ({"community": Community.TORINO_FACILE}, [2]),
        ({"state": State.RESPINTO}, [5]),
        ({"state": State.ATTIVATO}, [2]),
        ({"strength": Strength.STRONG}, [2]),
        ({"strength": Strength.WEAK}, [3, 4, 1, 5]),
        ({"strength": Strength.ANY, "surname": "martini"}, [2]),
        ({"comune": "A124"}, [4]),
        ({"province": "TO", "surname": "rossi"}, [1, 5]),
        ({"comune": ABROAD}, [3]),
        ({"province": "STATO ESTERO"}, [3]),
        ({"state": State.REGISTRATO, "comune": "L219", "surname": "r"}, [1]),
    ],
)
def test_each_filter_alone_and_together(
    mirror: Mirror, filters: dict[str, object], expected: list[int]
) -> None:
    assert numbers(mirror, **filters) == [number(place) for place in expected]


def test_a_number_is_found_as_written_and_only_whole(mirror: Mirror) -> None:
    whole = number(2)
    assert numbers(mirror, number=whole) == [whole]
    assert numbers(mirror, number=f" {whole[:3]} {whole[3:]} ".lower()) == [whole]
    assert numbers(mirror, number=whole[:-2]) == []
    assert numbers(mirror, number=whole, surname="rossi") == []


def test_an_interval_includes_both_its_days(tmp_path: Path) -> None:
    day = date(2026, 3, 29)  # on which clocks go forward
    begin = datetime(2026, 3, 29).astimezone()
    end = datetime(2026, 3, 30).astimezone()
    moments = (begin - timedelta(seconds=1), begin, end - timedelta(seconds=1), end)
    mirror = filled(
        tmp_path,
        tuple(
            registration(
                place,
                person=person(place, f"Persona {'abcd'[place - 1]}", "Una"),
                registered_at=int(moment.timestamp() * 1000),
            )
            for place, moment in enumerate(moments, 1)
        ),
    )
    both = [number(2), number(3)]
    assert numbers(mirror, registered_from=day, registered_to=day) == both
    assert numbers(mirror, registered_from=day) == [*both, number(4)]
    assert numbers(mirror, registered_to=day) == [number(1), *both]
    mirror.close()


@pytest.mark.rule("R-003-53")
def test_a_row_has_every_column(mirror: Mirror) -> None:
    row = found(mirror, Filters(number=number(2))).rows[0]
    assert (row.number, row.surname, row.name) == (number(2), "Martini", "Maria")
    assert row.codice_fiscale == MARTA.codice_fiscale
    assert (row.comune, row.registered_at) == ("L219", T0)
    assert row.community is Community.TORINO_FACILE
    assert (row.state, row.strong, row.running) == (State.ATTIVATO, True, None)
    assert row.functions[:3] == (Function.RICERCA, Function.MODIFICA, Function.PRENOTA)
    assert not row.own_undecided


@pytest.mark.rule("R-003-53")
def test_an_operation_in_progress_shows_in_its_row(tmp_path: Path) -> None:
    mirror = filled(tmp_path, ALL)
    assert mirror.note(booking(ROSSI), stamp(1)) is None
    row = found(mirror, Filters(number=ROSSI.number)).rows[0]
    assert row.running is OperationKind.RISCONTRO_FORTE
    assert row.own_undecided
    mirror.close()


def test_pages_follow_one_another_and_counting_ends(tmp_path: Path) -> None:
    many = tuple(
        registration(place, person=person(0, f"Verdi{place:04}", "Una")) for place in range(1, 121)
    )
    many = tuple(
        replace(
            each,
            person=replace(each.person, codice_fiscale=f"VRDNUA80A41{place:04}X"),
        )
        for place, each in enumerate(many)
    )
    mirror = filled(tmp_path, many)
    pages = [found(mirror, Filters(surname="verdi"), page) for page in range(4)]
    shown = [row.number for page in pages for row in page.rows]
    assert shown == [each.number for each in many]
    assert [len(page.rows) for page in pages] == [ROWS_OF_A_PAGE, ROWS_OF_A_PAGE, 20, 0]
    assert [page.more for page in pages] == [True, True, False, False]
    assert {page.total for page in pages} == {120}
    mirror.close()


def test_texts_are_compared_without_accents_capitals_and_blanks() -> None:
    assert fold("D'Angelò  ") == fold("dangelo")
    assert fold("Straße") == fold("STRASSE")
    assert fold("N. 12/A") == "n12a"
