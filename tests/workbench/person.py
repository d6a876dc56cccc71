"""A person in front of the real window: looks for what is on it, touches it through X."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_PATIENCE = 20.0
_GLANCE = 0.02
_BLINK = 0.4
_SCROLL = 0.1
_SAME_PLACE = 100
_SECOND_TOUCH = 3.0


class NotSeenError(Exception):
    """What the person looked for did not appear; the text says what was on the screen instead."""


class Person:
    """Uses a kiosk that `tests.workbench.probed_kiosk` runs.

    Finding a button asks the window where it drew it; touching it is a real pointer event of the
    X server, so everything from the input driver upwards is the product's own.

    Args:
        control: the probe's Unix socket.
        display: what xdotool needs to reach the screen.
    """

    def __init__(self, control: Path, display: Mapping[str, str]) -> None:
        self._control = control
        self._display = {**os.environ, **display}
        self._touched = (0, 0)

    def ask(self, question: str, **details: str) -> Any:
        """One question to the probe; its answer."""
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(_PATIENCE)
            probe.connect(str(self._control))
            probe.sendall(json.dumps({"ask": question, **details}).encode() + b"\n")
            with probe.makefile("rb") as answer:
                return json.loads(answer.readline())

    def screen(self) -> str:
        """Name of the screen that is drawn."""
        return str(self.ask("screen"))

    def wait_for(self, *screens: str, seconds: float = _PATIENCE) -> str:
        """Wait until one of `screens` is drawn; returns which."""
        deadline = time.monotonic() + seconds
        while (now := self._try_screen()) not in screens:
            if time.monotonic() > deadline:
                raise NotSeenError(f"{' or '.join(screens)} did not come; there is {now}")
            time.sleep(_GLANCE)
        return now

    def settled(self) -> str:
        """The screen, once no work is under way on it."""
        while (now := self.screen()).endswith((".reading-card", ".recording", ".looking-up")):
            time.sleep(_GLANCE)
        return now

    def wait_until_left(self, screen: str, *, seconds: float = _PATIENCE) -> None:
        """Wait until another screen than `screen` is drawn."""
        deadline = time.monotonic() + seconds
        while self._try_screen() == screen:
            if time.monotonic() > deadline:
                raise NotSeenError(f"{screen} stays; it says: {' / '.join(self.sees())[:400]}")
            time.sleep(_GLANCE)

    def sees(self) -> list[str]:
        """Every text on the screen."""
        return list(self.ask("texts"))

    def can_touch(self, name: str) -> bool:
        """Whether something of that name is in view."""
        return isinstance(self.ask("find", name=name), list)

    def touch(self, name: str, *, seconds: float = _PATIENCE) -> None:
        """Touch what has that name, as soon as it is there."""
        deadline = time.monotonic() + seconds
        while not isinstance(place := self.ask("find", name=name), list):
            if time.monotonic() > deadline:
                known = ", ".join(self.ask("names"))
                raise NotSeenError(f"no {name!r} on {self.screen()}; there are: {known}")
            if isinstance(place, str) and self.can_touch(place):
                self.touch(place)
                time.sleep(_SCROLL)
            time.sleep(_GLANCE)
        x, y = place
        self._breathe(x, y)
        self._pointer(
            "mousemove", str(x), str(y), "mousedown", "1", "sleep", "0.03", "mouseup", "1"
        )
        self._pointer("mousemove", "1", "1")

    def leaves(self, screen: str, *, to: str, by: str = "continue") -> None:
        """Take leave of `screen` by its main button, or another one; touched again where a touch did nothing.

        A page that is drawn anew at that moment (the card has just been taken) drops the touch.
        """
        deadline = time.monotonic() + _PATIENCE
        while self._try_screen() == screen and time.monotonic() < deadline:
            with contextlib.suppress(NotSeenError):
                self.touch(by, seconds=_SECOND_TOUCH)
                self.wait_until_left(screen, seconds=_SECOND_TOUCH)
        self.wait_for(to)

    def types(self, text: str) -> None:
        """Type on the on-screen keyboard, key by key, until the field holds the text."""
        typed = str(self.ask("typed"))
        for character in text:
            self._key(character)
            now = self._until_typed(typed + character)
            if not now.endswith(character) and self.can_touch("key.capitals"):
                self.touch("key.delete")
                self._until_typed(typed)
                self.touch("key.capitals")
                self._key(character)
                now = self._until_typed(typed + character)
            typed = now

    def types_date(self, digits: str) -> None:
        """Type DDMMYYYY into the fields of a date."""
        typed = ""
        for part, piece in (("day", digits[:2]), ("month", digits[2:4]), ("year", digits[4:])):
            self.touch(f"field.{part}")
            for digit in piece:
                typed += digit
                self._key(digit)
                self._until_typed(typed)

    def writes(self, text: str, *, per_second: float = 12.0) -> None:
        """Write on the physical keyboard, into whatever has the focus; as fast as a clerk does."""
        # Of the delay that it is given, xdotool waits half behind each character.
        self._pointer("type", "--delay", str(round(2000 / per_second)), "--", text)

    def presses(self, *keys: str) -> None:
        """Press keys of the physical keyboard by their names in X: `Tab`, `Return`, `F2`."""
        self._pointer("key", "--delay", "60", *keys)

    def scans(self, code: str, *, suffix: str = "Return") -> None:
        """Pull the trigger of a hand scanner: it types faster than anybody, and ends with a key."""
        self._pointer("type", "--delay", "2", "--", code)
        if suffix:
            self._pointer("key", suffix)

    def erases(self) -> None:
        """Touch the keyboard's delete key until the field is empty."""
        while left := self.ask("typed"):
            self.touch("key.delete")
            self._until_typed(left[:-1])

    def _breathe(self, x: int, y: int) -> None:
        """Nobody touches the same place of a new page in a blink; the kiosk drops such touches."""
        last_x, last_y = self._touched
        if abs(x - last_x) + abs(y - last_y) < _SAME_PLACE:
            time.sleep(_BLINK)
        self._touched = (x, y)

    def _key(self, character: str) -> None:
        """Touch the key of a character; on the page of accents or signs where need be."""
        if character == " ":
            self.touch("key.space")
            return
        for page in ("", "key.accents", "key.symbols", "key.letters"):
            if page and self.can_touch(page):
                self.touch(page)
            for written in (character, character.swapcase()):
                if self.can_touch(f"key.{written}"):
                    self.touch(f"key.{written}")
                    return
        raise NotSeenError(f"no key for U+{ord(character):04X} on {self.screen()}")

    def _until_typed(self, text: str) -> str:
        """Wait until the field holds the text, capitals or not; returns what it holds."""
        deadline = time.monotonic() + _PATIENCE
        while (now := str(self.ask("typed"))).casefold() != text.casefold():
            if time.monotonic() > deadline:
                raise NotSeenError(f"{len(text)} characters typed, but not on {self.screen()}")
            time.sleep(_GLANCE)
        return now

    def _try_screen(self) -> str:
        try:
            return self.screen()
        except OSError:
            return "nothing"

    def _pointer(self, *actions: str) -> None:
        subprocess.run(
            ["xdotool", *actions], env=self._display, check=True, capture_output=True, timeout=60
        )
