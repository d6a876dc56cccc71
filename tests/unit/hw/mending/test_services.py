"""Services that are started anew by the installer's command: real processes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from hw.errors import DeviceTrouble
from hw.mending import services
from hw.mending.services import restart


def reason(trouble: DeviceTrouble | None) -> str:
    assert trouble is not None
    assert trouble.code == "service.not-restarted"
    facts = dict(trouble.details)
    assert facts["service"] == "pcscd"
    return facts["reason"]


def test_a_command_that_works_is_no_trouble_and_is_run_each_time(tmp_path: Path) -> None:
    mark = tmp_path / "restarted"
    remedy = restart("pcscd", ["sh", "-c", f"echo again >> {mark}"], settles=1.0)
    assert (remedy.name, remedy.settles) == ("restart-pcscd", 1.0)
    assert remedy.apply() is None
    assert remedy.apply() is None
    assert mark.read_text() == "again\nagain\n"


def test_a_command_that_fails_is_told_by_its_status() -> None:
    assert reason(restart("pcscd", ["sh", "-c", "exit 7"]).apply()) == "status 7"
    assert reason(restart("pcscd", ["sh", "-c", "kill -9 $$"]).apply()) == "status -9"


def test_a_command_that_cannot_run_is_told(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("no program")
    assert reason(restart("pcscd", [str(tmp_path / "nothing")]).apply()) == "FileNotFoundError"
    assert reason(restart("pcscd", [str(plain)]).apply()) == "PermissionError"


def test_a_command_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_LONGEST_SECONDS", 0.3)
    told = tmp_path / "pid"
    began = time.monotonic()
    remedy = restart("pcscd", ["sh", "-c", f"echo $$ > {told}; exec sleep 30"])
    assert reason(remedy.apply()) == "timeout"
    assert time.monotonic() - began < 5
    with pytest.raises(ProcessLookupError):
        os.kill(int(told.read_text()), 0)


def test_words_go_to_no_shell_and_output_goes_nowhere(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    trap = tmp_path / "trap"
    assert restart("pcscd", ["echo", "ROSSI", f"; touch {trap}", "$(id)"]).apply() is None
    assert not trap.exists()
    assert capfd.readouterr() == ("", "")


def test_it_gets_no_input() -> None:
    assert restart("pcscd", ["sh", "-c", "! read line"]).apply() is None
