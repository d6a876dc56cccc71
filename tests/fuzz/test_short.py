"""The short version of `make fuzz`: two seconds for each way by which a card's bytes come in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz import campaign
from tests.fuzz.targets import TARGETS

SECONDS = 2.0


@pytest.mark.parametrize("target", list(TARGETS))
def test_no_bytes_crash_or_hang_the_reader(target: str, tmp_path: Path) -> None:
    result = campaign.run([target], SECONDS, tmp_path, seed=1)
    assert not result.findings, "\n".join(result.findings)
    assert result.inputs > 0


def test_a_target_that_breaks_is_found(tmp_path: Path) -> None:
    """A campaign that finds nothing must be able to find something."""
    result = campaign.run(["broken"], SECONDS, tmp_path, seed=1, module="tests.fuzz.broken")
    assert (result.crashes, result.hangs) == (1, 0)
    assert "the wrong byte" in result.findings[0]
    assert list((tmp_path / "broken").iterdir())
