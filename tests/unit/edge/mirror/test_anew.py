from __future__ import annotations

from pathlib import Path

from sync.edge.mirror import Held, Mirror
from sync.model.inquiry import ChangesSince
from tests.unit.edge.mirror.material import KEY, T0, booking, number, registration, stamp, told
from tests.unit.model.examples import MARTA


def test_begun_anew_it_asks_for_everything_and_keeps_what_the_station_did(tmp_path: Path) -> None:
    mirror = Mirror.open(tmp_path / "mirror.db", KEY)
    assert isinstance(mirror, Mirror)
    seen = registration()
    mirror.question()
    assert mirror.take(told(seen, registration(2, person=MARTA)), now=T0) is None
    assert mirror.note(booking(seen), stamp(1)) is None
    assert mirror.begin_anew() is None
    assert mirror.question() == ChangesSince(0)
    assert mirror.by_number(number(2)) is None
    assert mirror.take(told(seen), now=T0) is None
    found = mirror.by_number(seen.number)
    assert isinstance(found, Held)
    assert found.registration.credential.running is not None
    mirror.close()
