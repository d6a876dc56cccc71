"""The first access of an administrator, right after their card was registered (R-004-27)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.app import Kiosk
from kiosk.flows.clerk.events import SignedIn, SignInFailed
from kiosk.flows.office import StationRole
from kiosk.settings import SettingsError
from sync.edge.standing import StationStanding
from sync.model.rosters import Right, Roster
from sync.model.users import Profile
from sync.wire.envelope import Unsigned
from tests.unit.runtime.test_duty_checks import CODE, SALT, SESSION, Desk, desk, entry

__all__ = ["desk"]  # a fixture

WITHOUT = [one.code for one in StationStanding if one is not StationStanding.GOOD]


@pytest.mark.rule("R-004-27")
@pytest.mark.parametrize("standing", WITHOUT)
def test_an_als_comes_in_first_where_the_stations_certificate_is_good(
    desk: Desk,
    standing: str,
) -> None:
    """The card was registered a moment ago: the roster of before does not know it."""
    als = replace(entry(CODE, Right.USERS), profiles=frozenset({Profile.ALS}))
    desk.roster = Roster(1, 0, (), SALT)
    assert desk.sign_in() == SignInFailed(SESSION, "operator.unknown")
    desk.roster, tried = Roster(2, 0, (als,), SALT), len(desk.card.pins)
    desk.standing = standing
    assert desk.sign_in() == SignInFailed(SESSION, standing)
    assert desk.duty.on_duty is None
    assert len(desk.card.pins) == tried, "without a good certificate not even the PIN is taken"
    desk.standing = ""
    signed = desk.sign_in()
    assert isinstance(signed, SignedIn)
    assert signed.operator.profiles == {Profile.ALS}
    assert not isinstance(desk.duty.signer(), Unsigned)


@pytest.mark.rule("R-004-27")
def test_a_device_that_has_no_certificate_yet_is_no_station_to_sign_in_at(tmp_path: Path) -> None:
    """Its own program refuses to open; what opens there is the enrolment alone."""
    (tmp_path / "device").mkdir()
    with pytest.raises(SettingsError):
        Kiosk.of(tmp_path / "device", StationRole.COUNTER)
