"""A short campaign of cuts, and a control that it must find; `make faults` plays the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import campaign
from tests.faults.ground import ControlledHub

CUTS = 12


@pytest.mark.timeout(300)
def test_what_people_were_told_holds_through_every_fault(tmp_path: Path) -> None:
    result = campaign.run(tmp_path, CUTS, seed=20261122)
    assert result.broken == ()
    assert result.told > CUTS


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_hub_that_answers_before_it_commits_is_found(tmp_path: Path) -> None:
    result = campaign.run(
        tmp_path,
        6,
        seed=1,
        hub_of=ControlledHub.of("hub-answers-early"),
        only=frozenset({"kill -9 of the hub"}),
    )
    assert result.broken != ()
