"""The short version of `make fuzz`: a moment for each way by which foreign bytes come in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.fuzz import campaign
from tests.fuzz.campaign import Result
from tests.fuzz.targets import TARGETS

SECONDS = 0.5
INPUTS = 3000


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Result]:
    """What came of each target; findings begin with its name."""
    whole = campaign.run(
        list(TARGETS),
        SECONDS * len(TARGETS),
        tmp_path_factory.mktemp("fuzz"),
        seed=1,
        inputs=INPUTS,
    )
    return {
        target: Result(
            inputs=whole.by_target.get(target, 0),
            findings=[each for each in whole.findings if each.startswith(f"{target}:")],
        )
        for target in TARGETS
    }


@pytest.mark.parametrize("target", list(TARGETS))
def test_no_bytes_crash_or_hang_the_kiosk(target: str, played: Mapping[str, Result]) -> None:
    result = played[target]
    assert not result.findings, "\n".join(result.findings)
    assert result.inputs > 0


def test_a_target_that_breaks_is_found(tmp_path: Path) -> None:
    """A campaign that finds nothing must be able to find something."""
    # It ends at once, with what it found.
    result = campaign.run(["broken"], 20, tmp_path, seed=1, module="tests.fuzz.broken")
    assert (result.crashes, result.hangs) == (1, 0)
    assert "the wrong byte" in result.findings[0]
    assert list((tmp_path / "broken").iterdir())
