"""Hand scanners that type like keyboards: their bursts are told from a person's typing.

A scanner types a whole code within a fraction of a second and ends it with a key of its own. A
person does not: six keys in a row with 40 ms between them would be 300 words a minute. So every
key is held back until it is clear whose it was, 50 ms at most for a person's. Six keys or more are
a scanner's: they reach no field, and neither does the half of a code that came before its cable was
pulled. Of fewer keys at that pace a person may have typed two or three: they reach the field, unless
an ending key is as near behind them, which is a scanner's again; then they go nowhere with it. Keys
that piled up in a busy window have no pace: they reach the field, but an ending key behind them
presses nothing. A field that hides what is typed takes no keys at that pace and none that piled up.

Not told from a person: a scanner slower than 40 ms a key that types no prefix; a code of one sign,
or of one repeated at the pace of a key that is held down.

Nothing here knows a window or a clock: who uses it gives times, and calls `rest` when the keyboard
has been silent for a while.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from statistics import median
from typing import Final

PACE_SECONDS: Final = 0.04
"""Between two keys of a scanner; a slow one (10 ms a report, two reports a key) takes 20 ms."""
HELD_SECONDS: Final = 0.05
"""Silence behind a key after which nothing more belongs to it."""
HELD_BEHIND_PREFIX_SECONDS: Final = 0.3
"""The same within a prefix and behind it."""
FEWEST_KEYS: Final = 6
"""A roll of the fingers, or a hand laid on the keys, is shorter; our shortest code has nine."""
LATE_SECONDS: Final = 0.25
"""A window that did not look for keys for so long cannot tell their pace."""

BEHIND_PREFIX_PACE_SECONDS: Final = 0.1
"""`PACE_SECONDS` where a whole prefix has announced a code: over radio, keys come in clumps."""
SECOND_SUFFIX_SECONDS: Final = 0.1
"""A scanner set to end with CR and LF presses enter twice."""

REPEAT_SECONDS: Final = 0.015
"""A key that is held down writes every 25 to 50 ms; a scanner is mostly quicker."""

_REPEATED: Final = 8
_FEWEST_IN_A_HEAP: Final = 2
_LONGEST: Final = 4400
_ENDS: Final = frozenset({"enter", "tab"})
_OURS: Final = re.compile(r"[A-Z]{6}[0-9A-Z]{10}|[2-9A-HJKMNP-Z]{9}|SPT1:.+")


class Suffix(Enum):
    """The key with which a scanner ends a code."""

    ENTER = "enter"
    TAB = "tab"
    NONE = "none"


class Layout(Enum):
    """The scanner's keyboard against the kiosk's."""

    SAME = "same"
    US_ON_ITALIAN = "us-on-italian"
    """A scanner set to the United States, as they come, on a kiosk set to Italy."""
    ITALIAN_ON_US = "italian-on-us"
    """The reverse."""


# Of the characters in our codes (Code 39: ISO/IEC 16388, 4.3; Base45: RFC 9285, 4.2; asterisk and
# AIM's bracket) those whose key gives another one on the other keyboard: what the kiosk gets, and
# what the scanner meant. tests/unit/screens holds them against libxkbcommon.
_MEANT: Final[Mapping[Layout, Mapping[int, str]]] = {
    Layout.SAME: {},
    Layout.US_ON_ITALIAN: str.maketrans(
        {"'": "-", "-": "/", "^": "+", "(": "*", "ç": ":", "+": "]"}
    ),
    Layout.ITALIAN_ON_US: str.maketrans({"/": "-", "&": "/", "]": "+", "}": "*", ">": ":"}),
}


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """One key as a window gives it: what it writes, or its name (`enter`, `tab`, `backspace`)."""

    text: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Passed:
    """Keys that may be a person's, in their order: they go to the page.

    Attributes:
        keys: what came.
        hasty: whether they came at a scanner's pace, or piled up in a busy window: then a field
            that hides what is typed must not take them.
    """

    keys: tuple[Key, ...]
    hasty: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """Nothing yet; `rest` must be called when `seconds` have passed without a key."""

    seconds: float


@dataclass(frozen=True, slots=True, repr=False)
class Scanned:
    """A scanner typed a code; `text` is what it meant, without prefix and suffix."""

    text: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """Half of a code came and then nothing more, or a code that is too short: it goes nowhere."""


Outcome = Passed | Held | Scanned | Dropped
NOTHING: Final = Passed(())


class HandScanner:
    """Tells one keyboard's keys apart. Not for several threads."""

    def __init__(
        self, prefix: str = "", suffix: Suffix = Suffix.ENTER, layout: Layout = Layout.SAME
    ) -> None:
        """Nothing is held yet.

        Args:
            prefix: what the scanner is set to type before each code, as it means it; it is taken
                off, and with it a slower scanner is borne.
            suffix: what it is set to press behind each code. Enter and tab end a code whichever it
                is; without either, a burst is a code where it is `NONE`, and half of one else.
            layout: its keyboard against the kiosk's.
        """
        self._prefix = prefix
        self._suffix = suffix
        self._meant = _MEANT[layout]
        self._held: list[Key] = []
        self._times: list[float] = []
        self._late = False
        self._repeating: Key | None = None
        self._ended_at = float("-inf")

    @property
    def holds(self) -> bool:
        """Whether keys wait for `rest`."""
        return bool(self._held)

    def key(self, key: Key, at: float, *, late: float = 0.0) -> Outcome:
        """A key came.

        Args:
            key: what it is.
            at: when, in seconds.
            late: for how long the window had not looked for keys before this one; those that piled
                up meanwhile were typed more slowly than they seem.
        """
        if key.name:
            return self._named(key, at, late)
        if key == self._repeating:
            return Passed((key,), hasty=True)
        self._repeating = None
        self._late = self._late or late > LATE_SECONDS
        self._held.append(key)
        self._times.append(at)
        if self._is_repeated():
            self._repeating = key
            return self._pass()
        if len(self._held) > _LONGEST:
            return self._end()
        return Held(self._patience())

    def rest(self, at: float) -> Outcome:
        """The keyboard may have been silent for long enough; at once again where it was not.

        Call it only when all keys that came so far have been given to `key`.
        """
        self._repeating = None
        if not self._held:
            return NOTHING
        left = self._times[-1] + self._patience() - at
        if left > 0:
            return Held(left)
        if self._is_scan():
            return self._scanned() if self._suffix is Suffix.NONE else self._end()
        return self._pass()

    def _named(self, key: Key, at: float, late: float) -> Outcome:
        """Enter, tab, backspace: they end what is held."""
        self._repeating = None
        if key.name in _ENDS:
            if self._held and self._is_scan():
                self._ended_at = at
                return self._scanned()
            self._late = self._late or late > LATE_SECONDS
            if len(self._held) >= _FEWEST_IN_A_HEAP and self._late:
                # Whose they were nobody can tell: letters can be erased, a step cannot.
                self._ended_at = at
                return self._pass()
            if self._is_short_scan(at):
                self._ended_at = at
                return self._end()
            if at - self._ended_at <= SECOND_SUFFIX_SECONDS:
                return self._pass()
        passed = self._pass()
        return Passed((*passed.keys, key), passed.hasty)

    def _patience(self) -> float:
        begun = bool(self._prefix) and self._prefix.startswith(self._text())
        return HELD_BEHIND_PREFIX_SECONDS if begun or self._prefixed() else HELD_SECONDS

    def _text(self) -> str:
        return "".join(key.text for key in self._held).translate(self._meant)

    def _prefixed(self) -> bool:
        return bool(self._prefix) and self._text().startswith(self._prefix)

    def _is_scan(self) -> bool:
        """Whether a scanner typed what is held: many keys, not all the same, faster than a hand."""
        prefixed = self._prefixed()
        keys = len(self._held) - (len(self._prefix) if prefixed else 0)
        if keys < FEWEST_KEYS or len({key.text for key in self._held}) == 1:
            return False
        if self._late:
            return _OURS.fullmatch(self._code()) is not None
        return self._pace() <= self._quickest_hand()

    def _is_short_scan(self, end: float) -> bool:
        """Whether a scanner typed what is held and the ending key at `end`, however little it is."""
        if len({key.text for key in self._held}) == 1 and self._pace() >= REPEAT_SECONDS:
            return False  # a key that was held down
        hand = self._quickest_hand()
        return self._pace() <= hand and end - self._times[-1] <= hand

    def _pace(self) -> float:
        """Seconds from key to key; infinite for less than two.

        The median bears a window that was busy for once in the midst of a burst.
        """
        times = self._times
        between = [later - before for before, later in pairwise(times)]
        return median(between) if between else float("inf")

    def _quickest_hand(self) -> float:
        return BEHIND_PREFIX_PACE_SECONDS if self._prefixed() else PACE_SECONDS

    def _is_repeated(self) -> bool:
        """A key that is held down writes nearly at a scanner's pace, but always the same.

        Three equal letters begin the codice fiscale of people without a surname; eight are in none.
        """
        equal = len({key.text for key in self._held}) == 1
        return len(self._held) >= _REPEATED and equal and self._pace() >= REPEAT_SECONDS

    def _code(self) -> str:
        """What was meant: our codes know no small letters, and a Caps Lock turns them all."""
        return self._text().removeprefix(self._prefix).upper()

    def _scanned(self) -> Scanned:
        code = self._code()
        self._forget()
        return Scanned(code)

    def _pass(self) -> Passed:
        keys = tuple(self._held)
        heap = self._late and len(keys) >= _FEWEST_IN_A_HEAP
        hasty = heap or self._pace() <= self._quickest_hand()
        self._forget()
        return Passed(keys, hasty)

    def _end(self) -> Dropped:
        self._forget()
        return Dropped()

    def _forget(self) -> None:
        self._held.clear()
        self._times.clear()
        self._late = False
