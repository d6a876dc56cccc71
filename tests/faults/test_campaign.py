"""A short campaign of cuts; `make faults` plays the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import campaign

CUTS = 24


@pytest.mark.timeout(300)
def test_what_people_were_told_holds_through_every_kill(tmp_path: Path) -> None:
    result = campaign.run(tmp_path, CUTS, seed=20261122)
    assert result.broken == ()
    assert result.told > CUTS
