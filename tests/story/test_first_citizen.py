"""A citizen at the real window, and what may go wrong while she is there."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.emulated.cards.holder import Holder
from tests.emulated.cards.pcscd import why_not
from tests.emulated.cards.ts_cns import identity_card, ts_cns
from tests.emulated.services import wait_until
from tests.workbench.citizen import MARIA, Citizen, fill_form
from tests.workbench.display import Display
from tests.workbench.person import Person
from tests.workbench.search import readable
from tests.workbench.stage import Stage

pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.skipif(why_not() is not None, reason=str(why_not())),
]

FORM = "preregistration."
_READY = "Prendi il foglio dalla stampante."
_UNSEEN = "Hai in mano il foglio?"


def quick(holder: Holder) -> Citizen:
    """Somebody with little to type."""
    return Citizen(
        holder=holder,
        texts={
            "residence-cap": "10138",
            "email": "ab@cd.example",
            "document-number": "CA00000AA",
            "document-issuer": "Torino",
        },
        options=MARIA.options,
        dates=MARIA.dates,
        skipped=frozenset({"mobile", "note"}),
    )


LUCA = quick(
    Holder(
        surname="ROSSI",
        name="MARIO",
        birth_date="01011980",
        codice_fiscale="RSSMRA80A01H501U",
    )
)
ANNA = quick(MARIA.holder)


@pytest.fixture(scope="module")
def display() -> Iterator[Display]:
    with Display() as made:
        yield made


@pytest.fixture
def stage(display: Display) -> Iterator[Stage]:
    with Stage(display) as made:
        yield made


def come_with_card(stage: Stage, citizen: Citizen) -> Person:
    """From the welcome page to the data of the card."""
    person = stage.person
    begin(person)
    stage.reader.insert(ts_cns(citizen.holder))
    person.wait_for(f"{FORM}review")
    return person


def begin(person: Person) -> None:
    """From the welcome page to the request for the card."""
    person.wait_for("welcome")
    person.touch("service.preregistration")
    person.wait_for(f"{FORM}ask-membership")
    person.touch("option.no")
    person.wait_for(f"{FORM}privacy")
    person.touch("continue")
    person.wait_for(f"{FORM}insert-card")


def leave(stage: Stage) -> None:
    """Take the card and go."""
    stage.reader.remove()
    stage.person.leaves(f"{FORM}done", to="welcome")


def accepted_numbers(stage: Stage) -> list[str]:
    """Wait until everything recorded is accepted; the hub's registration numbers."""
    wait_until(
        lambda: all(entry.state.value == "accepted" for entry in stage.outbox()),
        30,
        "everything accepted",
    )
    return stage.registered_numbers()


def test_an_unfinished_form_survives_a_crash_of_the_program(stage: Stage) -> None:
    person = come_with_card(stage, ANNA)
    person.touch("continue")
    person.wait_for(f"{FORM}asking.residence-cap")
    person.types("101")
    stage.kiosk.kill()
    stage.kiosk.start()
    assert person.screen().endswith("+resumed")
    assert ANNA.holder.surname not in " ".join(person.sees()).upper()
    person.touch("resumed.confirm")
    person.wait_for(f"{FORM}asking.residence-cap")
    assert person.ask("typed") == "101"
    fill_form(person, ANNA)
    person.touch("continue")
    person.wait_for(f"{FORM}done")
    number = str(person.ask("number")).replace("-", "")
    assert accepted_numbers(stage) == [number]


def test_a_crash_at_the_moment_of_recording_doubles_nothing(stage: Stage) -> None:
    shown = []
    for citizen, seconds in ((ANNA, 0.02), (LUCA, 0.12)):
        person = come_with_card(stage, citizen)
        fill_form(person, citizen)
        person.touch("continue")
        time.sleep(seconds)
        stage.kiosk.kill()
        stage.kiosk.start()
        person.touch("resumed.confirm")
        if person.wait_for(f"{FORM}summary", f"{FORM}done") == f"{FORM}summary":
            person.touch("continue")
            person.wait_for(f"{FORM}done")
        shown.append(str(person.ask("number")).replace("-", ""))
        leave(stage)
    assert sorted(accepted_numbers(stage)) == sorted(shown)
    assert len(stage.outbox()) == len(shown)


def test_a_power_cut_takes_the_form_and_leaves_nothing(stage: Stage) -> None:
    person = come_with_card(stage, ANNA)
    fill_form(person, ANNA)
    stage.power_cut()
    assert readable(stage.station_dir, ANNA.secrets) == []
    stage.reader.remove()
    stage.power_on()
    person.wait_for("welcome")
    assert stage.outbox() == []


def test_who_walks_away_is_warned_and_wiped(display: Display) -> None:
    with Stage(display, idle_seconds=15) as stage:
        person = come_with_card(stage, ANNA)
        stage.reader.remove()
        person.wait_for(f"{FORM}review+idle", seconds=15)
        person.touch("stay")
        person.wait_for(f"{FORM}review")
        person.wait_for("welcome", seconds=40)
        assert not list((stage.memory / "station").iterdir())
        assert readable(stage.site.folder / "logs", ANNA.secrets) == []


def test_another_kind_of_card_is_told_and_the_form_goes_on_without(stage: Stage) -> None:
    person = stage.person
    begin(person)
    stage.reader.insert(identity_card())
    person.wait_for(f"{FORM}card-failed")
    stage.reader.remove()
    person.touch("refuse")
    person.wait_for(f"{FORM}asking.codice-fiscale")
    person.types("MRTMRA83T56A269C")
    person.touch("continue")
    wait_until(lambda: person.can_touch("help"), 5, "the page")
    assert person.screen() == f"{FORM}asking.codice-fiscale"


def test_a_full_disk_is_told_and_mended_without_a_restart(display: Display, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(disk)], check=True, timeout=20
    )
    try:
        with Stage(display, store=disk) as stage:
            person = come_with_card(stage, ANNA)
            fill_form(person, ANNA)
            filler = disk / "filler"
            with filler.open("wb") as stream:
                stream.write(bytes(30 << 20))
            person.touch("continue")
            person.wait_for(f"{FORM}done")  # her place was taken before she began
            leave(stage)
            service = "service.preregistration"
            wait_until(lambda: not person.can_touch(service), 60, "nobody begins for nothing")
            filler.unlink()
            wait_until(lambda: person.can_touch(service), 90, "the first page as before")
            assert len(accepted_numbers(stage)) == 1
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True, timeout=20)


def test_letters_and_papers_carry_what_she_said(stage: Stage) -> None:
    """From the touch to the registry with everything up: the story of the demonstration."""
    citizen = replace(ANNA, texts={**ANNA.texts, "email": "maria@posta.example"})
    person = come_with_card(stage, citizen)
    fill_form(person, citizen)
    person.touch("continue")
    person.wait_for(f"{FORM}done")
    number = str(person.ask("number"))
    wait_until(lambda: bool(stage.slip_printer.slips), 20, "the slip")
    # The printer itself says that it is on paper: nobody is asked.
    wait_until(lambda: _READY in person.sees(), 5, "the printer's word")
    assert _UNSEEN not in person.sees()
    assert accepted_numbers(stage) == [number.replace("-", "")]
    letters = stage.mail.wait_for(1)
    assert letters[0]["To"] == "maria@posta.example"
    leave(stage)
    person.touch("service.registration-status")
    person.wait_for("registration-status.ask-number")
    person.types(number.replace("-", ""))
    person.touch("continue")
    person.wait_for("registration-status.found")
    assert number in " ".join(person.sees())
