"""A short campaign of cuts, and a control that it must find; `make faults` plays the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import campaign

CUTS = 12


@pytest.mark.timeout(300)
def test_what_people_were_told_holds_through_every_fault(tmp_path: Path) -> None:
    result = campaign.run(tmp_path, CUTS, seed=20261122)
    assert result.broken == ()
    assert result.told > CUTS


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_window_that_tells_before_it_records_is_found(tmp_path: Path) -> None:
    only = frozenset({"kill -9 of the recorder"})
    result = campaign.run(tmp_path, 6, seed=1, only=only, tells_early=True)
    assert result.broken != ()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_workers_on_a_server_break_no_promise_either(tmp_path: Path) -> None:
    result = campaign.run(tmp_path, 24, seed=3, workers=("hub-w1", "hub-w2"))
    assert result.broken == ()
