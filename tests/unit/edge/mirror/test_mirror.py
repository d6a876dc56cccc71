from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sync.edge.mirror import DAMAGED, Held, Mirror, MirrorTrouble
from sync.model.addresses import ItalianAddress
from sync.model.credential import OperationKind
from sync.model.identity import Person
from sync.model.inquiry import Changes, ChangesSince
from sync.model.searching import Filters
from sync.wire.receipt import Accepted, Refused
from tests.unit.edge.mirror.material import (
    KEY,
    T0,
    booking,
    dispute,
    disputed,
    edit,
    gone,
    new_registration,
    number,
    registration,
    stamp,
    told,
)
from tests.unit.model.examples import MARIO, MARTA

MOVED = ItalianAddress("Via Nuova", "1", "A124", "12051")


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    opened = Mirror.open(tmp_path / "mirror.db", KEY)
    assert isinstance(opened, Mirror)
    yield opened
    opened.close()


def held(found: Held | MirrorTrouble | None) -> Held:
    assert isinstance(found, Held), found
    return found


def take(mirror: Mirror, changes: Changes) -> None:
    assert isinstance(mirror.question(), ChangesSince)
    assert mirror.take(changes, now=T0) is None


def test_what_the_hub_told_is_found_again_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "mirror.db"
    first = Mirror.open(path, KEY)
    assert isinstance(first, Mirror)
    take(first, told(registration(), aliases=(number(5),)))
    first.close()
    again = Mirror.open(path, KEY)
    assert isinstance(again, Mirror)
    for found in (
        again.by_number(number(1)),
        again.by_number(number(5)),
        again.by_codice_fiscale(MARIO.codice_fiscale),
    ):
        assert held(found).registration == registration()
        assert held(found).aliases == (number(5),)
    assert again.question() == ChangesSince(1)
    again.close()


def test_nothing_of_it_is_on_the_disk_in_clear(tmp_path: Path) -> None:
    path = tmp_path / "mirror.db"
    opened = Mirror.open(path, KEY)
    assert isinstance(opened, Mirror)
    take(opened, told(registration()))
    assert opened.note(booking(registration()), stamp(1)) is None
    files = sorted(tmp_path.iterdir())
    assert files
    for file in files:
        data = file.read_bytes().lower()
        for secret in (b"rossi", b"rssmra", b"garibaldi", b"sqlite format", number(1).encode()):
            assert secret not in data
    opened.close()


def test_with_another_key_it_is_set_aside_and_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "mirror.db"
    first = Mirror.open(path, KEY)
    assert isinstance(first, Mirror)
    take(first, told(registration()))
    first.close()
    other = Mirror.open(path, bytes(32))
    assert isinstance(other, Mirror)
    assert other.question() == ChangesSince(0)
    assert (tmp_path / "mirror.db.aside").exists()
    other.close()


def test_a_damaged_one_is_told_and_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "mirror.db"
    first = Mirror.open(path, KEY)
    assert isinstance(first, Mirror)
    take(first, told(*(registration(place, person=_person(place)) for place in range(1, 60))))
    first.close()
    data = bytearray(path.read_bytes())
    data[len(data) // 3 :] = bytes(len(data) - len(data) // 3)
    path.write_bytes(data)
    broken = Mirror.open(path, KEY)
    assert isinstance(broken, Mirror)
    outcomes = {
        getattr(broken.search(Filters(surname="r")), "code", ""),
        getattr(broken.by_number(number(30)), "code", ""),
        getattr(broken.position(), "code", ""),
    }
    assert DAMAGED in outcomes or broken.question() == ChangesSince(0)
    broken.close()


def _person(place: int) -> Person:
    return replace(MARIO, codice_fiscale=f"{MARIO.codice_fiscale[:12]}{place:03}U")


def test_an_own_booking_shows_at_once_and_underneath_goes_on(mirror: Mirror) -> None:
    seen = registration()
    take(mirror, told(seen))
    assert mirror.note(booking(seen), stamp(1)) is None
    mine = held(mirror.by_number(seen.number))
    running = mine.registration.credential.running
    assert running is not None
    assert running.kind is OperationKind.RISCONTRO_FORTE
    assert mine.waiting == ("booking",)
    # Meanwhile another office changed the residence: both show.
    take(mirror, told(replace(seen, residence=MOVED), start=1))
    mine = held(mirror.by_number(seen.number))
    assert mine.registration.residence == MOVED
    assert mine.registration.credential.running == running


def test_noting_it_twice_is_once(mirror: Mirror) -> None:
    seen = registration()
    take(mirror, told(seen))
    for _ in range(2):
        assert mirror.note(booking(seen), stamp(1)) is None
    found = mirror.undecided()
    assert isinstance(found, tuple)
    assert [own.operation_id for own in found] == [stamp(1).operation_id]


def test_an_accepted_act_shows_until_the_hubs_own_change_has_come(mirror: Mirror) -> None:
    seen = registration()
    take(mirror, told(seen))
    mirror.note(booking(seen), stamp(1))
    after = held(mirror.by_number(seen.number)).registration
    # Asked before the act was accepted: the answer may not know of it.
    mirror.question()
    assert mirror.decided(stamp(1).operation_id, Accepted()) is None
    mirror.take(told(start=1), now=T0)
    assert held(mirror.by_number(seen.number)).registration == after
    assert held(mirror.by_number(seen.number)).waiting == ()
    take(mirror, told(after, start=1))
    assert mirror.undecided() == ()
    assert held(mirror.by_number(seen.number)).registration == after


def test_a_refused_act_is_taken_back(mirror: Mirror) -> None:
    seen = registration()
    take(mirror, told(seen))
    mirror.note(edit(seen, MOVED), stamp(1))
    assert held(mirror.by_number(seen.number)).registration.residence == MOVED
    mirror.decided(stamp(1).operation_id, Refused("edit.overtaken", "R-003-32", "remedy"))
    assert held(mirror.by_number(seen.number)).registration == seen
    assert mirror.undecided() == ()


@pytest.mark.rule("R-003-9")
def test_a_new_registration_is_one_with_the_one_the_hub_tells_of(mirror: Mirror) -> None:
    mine = new_registration(9)
    assert mirror.note(mine, stamp(1, T0 + 5000)) is None
    assert held(mirror.by_number(number(9))).registration.person == MARTA
    # Another station registered her earlier; the hub knows only of that one so far.
    earlier = registration(2, person=MARTA, registered_at=T0)
    take(mirror, told(earlier))
    for one in (number(2), number(9)):
        assert held(mirror.by_number(one)).registration.number == number(2)
    found = mirror.search(Filters(surname="martini"))
    assert not isinstance(found, MirrorTrouble)
    assert [row.number for row in found.rows] == [number(2)]
    assert found.rows[0].own_undecided


def test_a_refused_registration_that_the_hub_never_knew_is_gone(mirror: Mirror) -> None:
    mirror.note(new_registration(9), stamp(1))
    mirror.decided(stamp(1).operation_id, Refused("registration.strong", "R-003-44", "remedy"))
    assert mirror.by_number(number(9)) is None
    found = mirror.search(Filters(surname="martini"))
    assert not isinstance(found, MirrorTrouble)
    assert found.total == 0


@pytest.mark.rule("R-003-60")
def test_what_the_hub_deleted_is_deleted_here(mirror: Mirror) -> None:
    take(mirror, told(registration(), aliases=(number(5),)))
    take(mirror, gone(number(1), 2))
    assert mirror.by_number(number(1)) is None
    assert mirror.by_number(number(5)) is None
    assert mirror.by_codice_fiscale(MARIO.codice_fiscale) is None


def test_two_that_the_hub_merged_are_one(mirror: Mirror) -> None:
    one, other = registration(1), registration(2, person=MARTA)
    take(mirror, told(one, other))
    take(mirror, told(one, start=2, aliases=(number(2),)))
    assert held(mirror.by_number(number(2))).registration == one
    position = mirror.position()
    assert not isinstance(position, MirrorTrouble)
    assert position.registrations == 1


def test_disputes_are_listed_until_they_are_closed(mirror: Mirror) -> None:
    seen = registration()
    take(mirror, told(seen))
    first, second = dispute("a" * 32, seen.number), dispute("b" * 32, seen.number, done_at=T0 + 9)
    take(mirror, disputed(first, 2))
    take(mirror, disputed(second, 3))
    assert mirror.disputes() == (second, first)
    assert held(mirror.by_number(seen.number)).disputes == (second, first)
    take(mirror, disputed(replace(second, closed=True), 4))
    assert mirror.disputes() == (first,)


def test_a_registry_put_back_to_an_older_state_is_fetched_anew(mirror: Mirror) -> None:
    seen = registration()
    take(mirror, told(seen, registration(2, person=MARTA)))
    mirror.note(booking(seen), stamp(1))
    mirror.question()
    assert mirror.take(Changes((), 2, 1, more=False), now=T0) is None
    assert mirror.question() == ChangesSince(0)
    assert mirror.by_number(number(2)) is None
    take(mirror, told(seen))
    assert held(mirror.by_number(seen.number)).registration.credential.running is not None


def test_a_closed_mirror_says_so(mirror: Mirror) -> None:
    mirror.close()
    assert mirror.search(Filters(surname="x")) == MirrorTrouble("mirror.closed")
    assert mirror.note(booking(registration()), stamp(1)) == MirrorTrouble("mirror.closed")
