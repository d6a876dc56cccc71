"""The window as its engine sees it: from other threads, on a real X server, from start to stop."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from kivy.config import Config

from kiosk.flows.answers import QuestionId
from kiosk.flows.citizen.preregistration import Form
from tests.screens import probe
from tests.screens.conftest import Person
from tests.screens.sessions import asking, session, sessions, typed

ROOT = Path(__file__).parents[2]

PROGRAM = """
import json, sys, threading, time
from kiosk.screens.window import KioskWindow
from kiosk.strings.catalogue import Catalogue
from tests.screens.probe import Probe
from tests.screens.sessions import session, NOW

events = []
window = KioskWindow(
    lambda event: (events.append(type(event).__name__), tell()),
    {language: Catalogue.load(language) for language in ("it", "en")},
    now=lambda: NOW,
)
probe = Probe(window)

def tell():
    print(json.dumps({"events": events}), flush=True)

def work():
    window.show(session())
    while probe.screen() != "welcome":
        time.sleep(0.05)
    print(json.dumps({"place": probe.find(sys.argv[1]), "text": probe.sees()}), flush=True)
    sys.stdin.readline()
    window.stop()

threading.Thread(target=work, daemon=True).start()
window.run()
print(json.dumps({"closed": True}), flush=True)
"""


def test_only_the_last_of_several_sessions_is_drawn(person: Person) -> None:
    person.shows(session())
    before = person.window.router.screen
    for name in ("privacy", "summary", "welcome"):
        person.window.show(sessions()[name])
    person.waits()
    # A page between would have taken its place; the same screen is still up.
    assert person.window.router.screen is before


def test_sessions_come_from_any_thread(person: Person) -> None:
    person.shows(session())
    thread = threading.Thread(target=person.window.show, args=(sessions()["privacy"],))
    thread.start()
    thread.join()
    person.waits()
    assert probe.screen_of(person.window) == "preregistration.privacy"


def test_work_from_another_thread_is_done_on_the_windows(person: Person) -> None:
    person.shows(session())
    ran: list[int] = []
    thread = threading.Thread(
        target=lambda: person.window.schedule(lambda: ran.append(threading.get_ident()))
    )
    thread.start()
    thread.join()
    person.waits()
    assert ran == [threading.get_ident()]


def test_typing_keeps_the_page(person: Person) -> None:
    page = asking(QuestionId.SURNAME, Form())
    person.shows(session(page))
    screen = person.window.router.screen
    person.shows(session(typed(page, "R")))
    assert person.window.router.screen is screen
    assert "R" in person.sees().split("\n")


@pytest.mark.usefixtures("person")
def test_one_touch_provider_only() -> None:
    """With two, every touch counts twice under X; see ADR 0058."""
    assert len(Config.items("input")) == 1
    assert Config.get("graphics", "multisamples") == "0"


def test_nothing_is_written_to_the_home_directory(tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path), "SDL_VIDEODRIVER": "offscreen"}
    code = "import kiosk.screens.window; import kivy.core.window"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)
    assert [p.name for p in tmp_path.iterdir() if p.name == ".kivy"] == []


@pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xdotool")), reason="needs Xvfb and xdotool"
)
def test_a_real_pointer_event_presses_once(tmp_path: Path) -> None:
    """Through the X server, SDL and Kivy: one press, one event; then the window closes."""
    display = tmp_path / "display"
    with (
        display.open("wb") as number,
        subprocess.Popen(
            ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
            stdout=number,
            stderr=subprocess.DEVNULL,
        ) as server,
    ):
        try:
            _presses_once(_display(display))
        finally:
            server.terminate()


def _display(path: Path) -> str:
    for _ in range(100):
        if path.read_text().endswith("\n"):
            return f":{path.read_text().strip()}"
        time.sleep(0.05)
    raise TimeoutError("Xvfb did not start")


def _presses_once(display: str) -> None:
    environment = {**os.environ, "DISPLAY": display}
    environment.pop("SDL_VIDEODRIVER", None)
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "service.preregistration"],
        cwd=ROOT,
        env=environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as program:
        try:
            assert program.stdout is not None
            assert program.stdin is not None
            found = json.loads(program.stdout.readline())
            assert "Benvenuto" in found["text"]
            x, y = found["place"]
            subprocess.run(
                ["xdotool", *f"mousemove {x} {y} mousedown 1 sleep 0.05 mouseup 1".split()],
                env=environment,
                check=True,
            )
            assert json.loads(program.stdout.readline())["events"] == ["ScreenTouched"]
            events = json.loads(program.stdout.readline())["events"]
            assert events == ["ScreenTouched", "ServiceChosen"]
            program.stdin.write("\n")
            program.stdin.flush()
            assert json.loads(program.stdout.readline()) == {"closed": True}
            assert program.wait(10) == 0
        finally:
            program.kill()
