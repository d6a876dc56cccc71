from __future__ import annotations

from pathlib import Path

from sync.edge.mirror import Held, Mirror, Own
from sync.edge.mirror.shelf import Shelf
from sync.wire.receipt import Accepted, Refused
from tests.unit.edge.mirror.material import (
    KEY,
    T0,
    booking,
    dispute,
    disputed,
    new_registration,
    number,
    registration,
    stamp,
    told,
)
from tests.unit.model.examples import MARTA

A, B = b"a" * 32, b"b" * 32
AT_A, AT_B = b"A" * 32, b"B" * 32


def mirror_of(found: object) -> Mirror:
    assert isinstance(found, Mirror), found
    return found


def codes(mirror: Mirror) -> list[str]:
    found = mirror.disputes()
    assert isinstance(found, tuple)
    return [each.code for each in found]


def test_a_damaged_mirror_gives_way_to_one_with_the_undecided_acts(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, None)
    first = mirror_of(shelf.open_for(A, AT_A))
    first.note(new_registration(1), stamp(1))
    first.note(new_registration(2, person=registration().person), stamp(2))
    first.letters_printed(stamp(1).operation_id)
    anew = mirror_of(shelf.renew())
    assert anew.undecided() == (
        Own(stamp(1).operation_id, "registration", accepted=False),
        Own(stamp(2).operation_id, "registration", accepted=False),
    )
    assert isinstance(anew.by_codice_fiscale(MARTA.codice_fiscale), Held)
    assert codes(anew) == ["letter.outstanding"]
    shelf.close()


def test_a_mirror_found_damaged_at_its_opening_keeps_them_too(tmp_path: Path) -> None:
    path = tmp_path / "mirror.db"
    first = mirror_of(Mirror.open(path, KEY))
    first.note(new_registration(1), stamp(1))
    first.close()
    path.write_bytes(b"x" * 8192)
    again = mirror_of(Mirror.open(path, KEY))
    assert isinstance(again.by_number(number(1)), Held)
    again.close()


def test_what_the_hub_refused_is_not_lost_with_the_mirror(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, None)
    first = mirror_of(shelf.open_for(A, AT_A))
    first.note(new_registration(1), stamp(1))
    first.decided(stamp(1).operation_id, Refused("operation.failed"))
    anew = mirror_of(shelf.renew())
    assert codes(anew) == ["operation.failed"]
    anew.question()
    anew.take(disputed(dispute(stamp(1).operation_id, number(1), code="hub"), 1), now=T0)
    assert anew.kept() == ()
    shelf.close()


def test_what_the_hub_holds_is_let_go(tmp_path: Path) -> None:
    seen = registration()
    mirror = mirror_of(Mirror.open(tmp_path / "mirror.db", KEY))
    mirror.question()
    mirror.take(told(seen), now=T0)
    mirror.note(booking(seen), stamp(1))
    mirror.decided(stamp(1).operation_id, Accepted())
    assert len(mirror.kept()) == 1
    mirror.question()
    mirror.take(told(seen, start=1), now=T0)
    assert mirror.kept() == ()
    mirror.close()


def test_another_operator_first_after_a_power_cut_costs_nothing(tmp_path: Path) -> None:
    before = Shelf(tmp_path, None)
    mirror_of(before.open_for(A, AT_A)).note(new_registration(1), stamp(1))
    before.close()
    after = Shelf(tmp_path, None)
    others = mirror_of(after.open_for(B, AT_B))
    assert others.undecided() == ()
    assert mirror_of(after.open_for(A, AT_A)) is others
    assert isinstance(others.by_number(number(1)), Held)
    assert len(list(tmp_path.glob("*.db"))) == 1
    assert len(list(tmp_path.glob("*.acts"))) == 1
    after.close()


def test_a_mirror_under_a_new_key_keeps_them(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, None)
    mirror_of(shelf.open_for(A, AT_A)).note(new_registration(1), stamp(1))
    anew = mirror_of(shelf.open_for(B, AT_B, {B}))
    assert [each.when.operation_id for each in anew.kept()] == [stamp(1).operation_id]
    shelf.close()


def test_nothing_of_it_can_be_read_on_the_disk(tmp_path: Path) -> None:
    mirror = mirror_of(Mirror.open(tmp_path / "mirror.db", KEY))
    mirror.note(new_registration(1), stamp(1))
    mirror.close()
    for file in tmp_path.iterdir():
        data = file.read_bytes()
        assert MARTA.codice_fiscale.encode() not in data
        assert b"SQLite format" not in data
