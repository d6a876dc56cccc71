"""The console's story at the real window: a station is registered and approved, a user is let in.

Broker, hub, link, pcscd, mail server and window are real processes; below them the chips in the
reader, the printers and the wire to the broker are emulated. The device that becomes a station is
`python -m kiosk.enrol`, with keys and a folder of its own.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulated.cards.pcscd import why_not
from tests.emulated.services import wait_until
from tests.workbench.administrators import CARLA, COMUNE, PAOLA, UGO
from tests.workbench.at_console import AtConsole
from tests.workbench.display import Display
from tests.workbench.letters import plain_text
from tests.workbench.stage import Stage

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(why_not() is not None, reason=str(why_not())),
]

SECONDS = 60.0
LABEL = "Sportello due"
STATION = f"{COMUNE}-PC-0001"
NEWCOMER = "RSSMRA80A41H501Y"
_HALF = re.compile(r"\b[2-9A-HJ-NP-Z]{6}\b")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The town hall, with its three administrators."""
    with (
        Display() as display,
        Stage(
            display,
            role="counter",
            idle_seconds=600,
            registered=5,
            administrators=(PAOLA, UGO, CARLA),
        ) as made,
    ):
        yield made


@pytest.fixture
def desk(stage: Stage) -> Iterator[AtConsole]:
    """The window; a test that stops midway hinders no other."""
    made = AtConsole(stage.person, stage.reader)
    yield made
    stage.reader.remove()
    if stage.person.screen() != "clerk.sign-in":
        stage.kiosk.kill()
        stage.kiosk.start()


@pytest.mark.rule("R-004-3")
@pytest.mark.rule("R-004-4")
@pytest.mark.rule("R-004-13")
@pytest.mark.rule("R-004-14")
def test_a_station_is_registered_and_approved_and_gets_its_certificate(
    stage: Stage, desk: AtConsole, tmp_path: Path
) -> None:
    person = stage.person
    desk.sign_in(PAOLA)
    assert not person.can_touch("menu.users")
    assert not person.can_touch("menu.cards")
    desk.open("stations", "console.stations")
    desk.goes("F2", "console.register-station")
    person.writes(LABEL)
    desk.goes("F2", "console.register-confirm")
    desk.confirm()
    desk.accepted()
    desk.refresh_until(STATION)
    person.touch(f"station.{STATION}")  # the chosen row: a click opens it
    person.wait_for("console.station")
    desk.goes("F4", "console.code-shown")
    password = desk.password()
    assert len(password.split("-")) == 4
    person.presses("Escape")
    person.wait_for("console.station")
    device = _device(stage, tmp_path / "device", password)
    try:
        code = _check_code(tmp_path / "device")
        desk.refresh_until(code.split("-")[0])
        desk.goes("F3", "console.approve-confirm")
        desk.confirm()
        desk.accepted()
        assert device.wait(SECONDS) == 0, _said(tmp_path / "device")
    finally:
        device.kill()
        device.wait()
    assert (tmp_path / "device" / "tls" / "station.pem").exists()
    # It is active once it has spoken to the hub with its certificate (C-004-1).
    desk.refresh_until("Emesso")
    desk.sign_out()


@pytest.mark.rule("R-004-28")
@pytest.mark.rule("R-004-30")
@pytest.mark.rule("R-004-34")
def test_a_user_is_inserted_and_a_forgotten_card_gets_a_daily_password(
    stage: Stage, desk: AtConsole
) -> None:
    person = stage.person
    desk.sign_in(UGO)
    assert not person.can_touch("menu.stations")
    desk.open("users", "console.users")
    desk.refresh_until(CARLA.codice_fiscale)
    desk.goes("F2", "console.insert-start")
    person.writes(NEWCOMER)
    desk.goes("F2", "console.insert-form")
    _fill_newcomer(desk)
    desk.goes("F2", "console.insert-confirm")
    desk.confirm()
    desk.accepted()
    desk.refresh_until(NEWCOMER)

    half = _give_daily_password(stage, desk)
    other = _mailed_half(stage)
    desk.sign_out()
    desk.sign_in_by_day(CARLA.codice_fiscale, half + other)
    assert person.can_touch("day")
    assert not person.can_touch("menu.users")
    person.presses("F12")
    person.wait_for("clerk.sign-in")


def _fill_newcomer(desk: AtConsole) -> None:
    """Names where no register gave them, an e-mail address, one profile."""
    person = desk.person
    if person.can_touch("field.surname"):
        person.touch("field.surname")
        person.writes("Rossi")
        person.presses("Tab")
        person.writes("Maria")
    person.touch("field.email")
    person.writes("maria.rossi@comune.example")
    person.touch("field.profiles.iscrizione.box")


def _give_daily_password(stage: Stage, desk: AtConsole) -> str:
    """Carla forgot her card: the first half, as it stands on the page."""
    person = stage.person
    person.touch("field.codice-fiscale")
    person.writes(CARLA.codice_fiscale)
    wait_until(lambda: not desk.sees(NEWCOMER), SECONDS, "the filter")
    person.touch("user.0")  # the chosen row: a click opens it
    person.wait_for("console.user", seconds=SECONDS)
    desk.goes("F4", "console.daily-confirm")
    desk.confirm()
    person.wait_for("console.daily-shown", seconds=SECONDS)
    half = "".join(one for one in person.sees() if re.fullmatch(r"[2-9A-HJ-NP-Z]{3}", one))
    person.presses("F2")
    person.wait_until_left("console.daily-shown")
    return half


def _mailed_half(stage: Stage) -> str:
    """The other half, as it came to Carla's mailbox."""

    def letters() -> list[str]:
        return [
            plain_text(one) for one in stage.mail.messages() if CARLA.email in str(one["To"] or "")
        ]

    wait_until(lambda: bool(letters()), SECONDS, "the letter with the second half")
    (found,) = _HALF.findall(letters()[-1])
    return str(found)


def _device(stage: Stage, folder: Path, password: str) -> subprocess.Popen[str]:
    """A device that asks to become a station; what it says stands beside its folder."""
    folder.mkdir()
    (folder.parent / "code").write_text(password + "\n", encoding="ascii")
    with (
        (folder.parent / "code").open(encoding="ascii") as typed,
        (folder.parent / "said").open("w", encoding="utf-8") as said,
    ):
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "kiosk.enrol", "--station-dir", str(folder)),
                *("--address", stage.hub.web_url, "--patience", str(SECONDS)),
            ],
            stdin=typed,
            stdout=said,
            stderr=said,
            text=True,
        )


def _said(folder: Path) -> str:
    return (folder.parent / "said").read_text(encoding="utf-8")


def _check_code(folder: Path) -> str:
    """What the device shows: its future name and the check code."""
    wait_until(lambda: STATION in _said(folder), SECONDS, "the device's request")
    name, _, code = _said(folder).splitlines()[0].partition(" ")
    assert name == STATION
    return code
