from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sync.edge.mirror import Held, Mirror, MirrorTrouble
from sync.model.counter import DisputeSettlement
from sync.model.inquiry import Changes, ChangesSince, Dispute
from sync.wire.receipt import Accepted, Refused
from tests.unit.edge.mirror.material import (
    KEY,
    T0,
    active,
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


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    opened = Mirror.open(tmp_path / "mirror.db", KEY)
    assert isinstance(opened, Mirror)
    yield opened
    opened.close()


def held(found: Held | MirrorTrouble | None) -> Held:
    assert isinstance(found, Held), found
    return found


def listed(mirror: Mirror) -> tuple[Dispute, ...]:
    found = mirror.disputes()
    assert not isinstance(found, MirrorTrouble)
    return found


def take(mirror: Mirror, changes: Changes) -> None:
    assert isinstance(mirror.question(), ChangesSince)
    assert mirror.take(changes, now=T0) is None


def test_a_registry_of_another_epoch_is_fetched_anew(mirror: Mirror) -> None:
    seen = registration()
    take(mirror, replace(told(seen, registration(2, person=MARTA)), epoch=b"a" * 16))
    mirror.note(booking(seen), stamp(1))
    assert mirror.question() == ChangesSince(2, epoch=b"a" * 16)
    # The copy has grown past where the mirror stood: its count alone tells nothing.
    later = replace(told(registration(3, person=MARTA), start=8), epoch=b"b" * 16)
    assert mirror.take(later, now=T0) is None
    assert mirror.question() == ChangesSince(0)
    assert mirror.by_number(number(2)) is None
    assert mirror.by_number(number(3)) is None
    take(mirror, replace(told(seen), epoch=b"b" * 16))
    assert mirror.question() == ChangesSince(1, epoch=b"b" * 16)
    assert held(mirror.by_number(seen.number)).registration.credential.running is not None


def test_a_refused_act_is_listed_although_the_hub_tells_of_none(mirror: Mirror) -> None:
    made = new_registration(3)
    mirror.note(made, stamp(1))
    mirror.decided(stamp(1).operation_id, Refused("operation.failed", None, "remedy.x"))
    assert mirror.by_number(number(3)) is None
    (one,) = listed(mirror)
    assert (one.registration_number, one.kind, one.code, one.remedy, one.done_at) == (
        *(number(3), "registration", "operation.failed", "remedy.x"),
        stamp(1).booked_at,
    )
    assert one.person == f"{made.person.name} {made.person.surname}"


def test_the_hubs_own_dispute_stands_for_the_stations(mirror: Mirror) -> None:
    seen = registration()
    take(mirror, told(seen))
    mirror.note(booking(seen), stamp(1))
    mirror.decided(stamp(1).operation_id, Refused("credential.overtaken"))
    hubs = dispute(stamp(1).operation_id, seen.number, by_office="Altro")
    take(mirror, disputed(hubs, 2))
    assert listed(mirror) == (hubs,)
    take(mirror, disputed(replace(hubs, closed=True), 3))
    assert listed(mirror) == ()


def test_a_dispute_that_came_before_the_refusal_stands(mirror: Mirror) -> None:
    seen = registration()
    take(mirror, told(seen))
    mirror.note(booking(seen), stamp(1))
    hubs = dispute(stamp(1).operation_id, seen.number, closed=True)
    take(mirror, disputed(hubs, 2))
    mirror.decided(stamp(1).operation_id, Refused("credential.overtaken"))
    assert listed(mirror) == ()


def test_a_local_dispute_outlives_a_registry_begun_anew(mirror: Mirror) -> None:
    mirror.note(new_registration(3), stamp(1))
    mirror.decided(stamp(1).operation_id, Refused("operation.failed"))
    mirror.begin_anew()
    assert [each.code for each in listed(mirror)] == ["operation.failed"]


def test_letters_that_nobody_printed_are_listed(mirror: Mirror) -> None:
    seen = registration()
    take(mirror, told(seen))
    mirror.note(booking(seen), stamp(1))
    (one,) = listed(mirror)
    assert (one.code, one.registration_number) == ("letter.outstanding", seen.number)
    assert held(mirror.by_number(seen.number)).disputes == (one,)
    mirror.letters_printed(stamp(1).operation_id)
    assert listed(mirror) == ()


def test_later_letters_stand_for_earlier_ones(mirror: Mirror) -> None:
    seen = registration()
    take(mirror, told(seen))
    mirror.note(booking(seen), stamp(1))
    now = held(mirror.by_number(seen.number)).registration
    mirror.note(booking(now), stamp(2, T0 + 2000))
    assert [one.operation_id for one in listed(mirror)] == [stamp(2).operation_id]
    final = held(mirror.by_number(seen.number)).registration
    mirror.decided(stamp(1).operation_id, Accepted())
    mirror.decided(stamp(2).operation_id, Accepted())
    take(mirror, told(final, start=1))
    assert [one.operation_id for one in listed(mirror)] == [stamp(2).operation_id]
    take(mirror, told(active(seen), start=2))
    assert listed(mirror) == ()


def test_what_a_clerk_settles_leaves_the_list_at_once_and_only_that(mirror: Mirror) -> None:
    assert mirror.take(disputed(dispute("ab" * 16, number(1)), 1), now=T0) is None
    (open_one,) = listed(mirror)
    other = DisputeSettlement(open_one.operation_id, "letter.refused", "Comune di Torino")
    assert mirror.note(other, stamp(8)) is None
    assert listed(mirror) == (open_one,)
    settled = DisputeSettlement(open_one.operation_id, open_one.code, "Comune di Torino")
    assert mirror.note(settled, stamp(9)) is None
    assert listed(mirror) == ()
    assert mirror.take(disputed(dispute("ab" * 16, number(1)), 2), now=T0) is None
    assert listed(mirror) == (open_one,), "the hub says otherwise"
