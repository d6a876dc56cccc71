"""The kiosk as it ships, with a probe that tells where things are drawn.

The product has no such door: this program composes the same kiosk and reads Kivy's tree of
widgets from outside, so that a person who cannot see (a test, the demonstration) finds a button
before touching it through X. One question per connection, one JSON line each way.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

from hw.finger_readings import FingerPhase
from kiosk.app import Kiosk, run
from kiosk.flows.office import StationRole
from kiosk.flows.session import screen_name
from kiosk.screens.window import KioskWindow
from tests.screens import probe


class Door:
    """Answers questions about a kiosk's window on a Unix socket.

    Args:
        kiosk: the composed kiosk.
        address: path of the socket; replaced where a killed kiosk left it.
    """

    def __init__(self, kiosk: Kiosk, address: Path) -> None:
        self._window: KioskWindow = kiosk.window
        self._probe = probe.Probe(kiosk.window)
        address.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(address))
        self._socket.listen(8)

    def open(self) -> None:
        """Begin to answer."""
        threading.Thread(target=self._serve, name="probe", daemon=True).start()

    def _serve(self) -> None:
        while True:
            link, _address = self._socket.accept()
            with link, link.makefile("rb") as lines:
                question = json.loads(lines.readline() or b"{}")
                answer = self._probe.on_window_thread(partial(self._answer, question))
                link.sendall(json.dumps(answer).encode() + b"\n")

    def _answer(self, question: dict[str, str]) -> Any:
        match question:
            case {"ask": "screen"}:
                session = self._window.router.session
                return screen_name(session) if session is not None else "nothing"
            case {"ask": "find", "name": name}:
                return self._find(name)
            case {"ask": "names"}:
                return sorted({part.name for part in probe.named(self._window)})
            case {"ask": "texts"}:
                return probe.texts(self._window)
            case {"ask": asked}:
                return self._of_session(asked)
            case _:
                return None

    def _of_session(self, asked: str) -> Any:
        """What the session that is drawn says of itself."""
        match asked:
            case "typed":
                return self._typed()
            case "finger":
                return self._finger()
            case "trouble":
                return self._drawn("activity", "failure") or self._drawn("activity", "code")
            case "papers":
                papers = self._drawn("activity", "papers") or ()
                return {each.document.value: each.state.value for each in papers}
            case "devices":
                told = self._drawn("activity", "known", "devices") or ()
                return {each.kind.value: each.state.value for each in told}
            case "number":
                return self._drawn("activity", "receipt", "grouped")
            case _:
                return None

    def _find(self, name: str) -> tuple[int, int] | str | None:
        """Centre of a part, or the button that scrolls to it, or None where it is not drawn."""
        try:
            return probe.place_of(self._window, name).centre
        except LookupError:
            hidden = [part for part in probe.walk(self._window.router.screen) if part.name == name]
        if not hidden or self._window.router.overlay is not None:
            return None
        below = hidden[0].center_y < self._window.router.root.height / 2
        return "scroll.down" if below else "scroll.up"

    def _drawn(self, *path: str) -> Any:
        """An attribute of the session that is drawn, None where it has none."""
        value: Any = self._window.router.session
        for name in path:
            value = getattr(value, name, None)
        return value

    def _finger(self) -> tuple[str, int] | None:
        """What the person is asked to do with a finger, and how many good pictures there are."""
        progress = self._drawn("activity", "progress")
        phase = getattr(progress, "phase", None)
        return (phase.value, progress.taken) if isinstance(phase, FingerPhase) else None

    def _typed(self) -> str:
        """What stands in the field; a date's parts one after another."""
        entry = self._drawn("activity", "entry")
        if hasattr(entry, "precision"):
            return str(entry.day + entry.month + entry.year)
        return str(getattr(entry, "text", ""))


def main() -> int:
    """Run a station's kiosk with its probe until it is closed or killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--station-dir", type=Path, required=True)
    parser.add_argument("--control", type=Path, required=True, help="the probe's socket")
    parser.add_argument("--station", default="citizen", help="whose screens to show")
    arguments = parser.parse_args()
    role = StationRole(arguments.station)
    return run(
        arguments.station_dir, role, on_ready=lambda kiosk: Door(kiosk, arguments.control).open()
    )


if __name__ == "__main__":
    sys.exit(main())
