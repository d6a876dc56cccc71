"""The units of systemd that a datacentre is given."""

from __future__ import annotations

import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest

from tests.workbench.pki import REPOSITORY

UNITS = sorted((REPOSITORY / "deploy" / "systemd").iterdir())
SERVICES = [one for one in UNITS if one.suffix == ".service"]
MISSING = "is not executable: No such file or directory"  # the product is not installed here


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_it(unit: Path) -> None:
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    wrong = [line for line in said.stderr.splitlines() if "sportello" in line]
    assert [line for line in wrong if MISSING not in line] == []


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_it_is_locked_up_and_leaves_no_core_file(unit: Path) -> None:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(unit)
    service = parser["Service"]
    assert service["User"] == "sportello"
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""
    assert service["ProtectSystem"] == "strict"
    assert service["LimitCORE"] == "0"
    assert "-m sync.hub" in service["ExecStart"]
