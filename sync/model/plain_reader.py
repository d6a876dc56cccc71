"""Reading a plain value (str, int, bytes, bool, None, list, dict) back into the model's types.

Who sends it is not trusted. The reader never raises: it goes on with stand-in values, keeps the
first thing that is wrong, and the caller throws the result away if there is one.
"""

from __future__ import annotations

import re
from datetime import date
from enum import Enum
from typing import Final, TypeVar

from sync.model.dates import PartialDate, partial_from_text
from sync.model.errors import Problem

MOST_ITEMS: Final = 32
"""Longest list of any operation."""

LARGEST_WHOLE: Final = (1 << 63) - 1
"""What a database's INTEGER can hold."""

_NAME: Final = re.compile(r"[a-z_]{1,40}")
"""Any other is no member of any version, and is not repeated to anybody."""
_Choice = TypeVar("_Choice", bound=Enum)


class PlainReader:
    """Takes the members of a mapping one after the other.

    A member that is missing, of the wrong type, or never taken (`finish`) makes `problem` an
    `operation.malformed` at the member's dotted path.
    """

    def __init__(self, plain: object, path: str = "", found: list[Problem] | None = None) -> None:
        """Start on a value that should be a mapping with text keys.

        Args:
            plain: the value.
            path: where it stands in the whole, for the field of a problem.
            found: the list that all readers of one whole share.
        """
        self._path = path
        self._found: list[Problem] = [] if found is None else found
        self._left: dict[str, object] = {}
        if isinstance(plain, dict) and all(isinstance(key, str) for key in plain):
            self._left = dict(plain)
        else:
            self.refuse("")

    @property
    def problem(self) -> Problem | None:
        """The first thing that was wrong anywhere in the whole."""
        return self._found[0] if self._found else None

    def has(self, key: str) -> bool:
        """Whether there is such a member, for one that older programs do not send."""
        return key in self._left

    def text(self, key: str) -> str:
        """A text; empty where it is wrong."""
        value = self._take(key)
        if isinstance(value, str):
            return value
        self.refuse(key)
        return ""

    def text_or_none(self, key: str) -> str | None:
        """A text or None."""
        value = self._take(key)
        if value is None or isinstance(value, str):
            return value
        self.refuse(key)
        return None

    def octets_or_none(self, key: str) -> bytes | None:
        """A byte string or None."""
        value = self._take(key)
        if value is None or isinstance(value, bytes):
            return value
        self.refuse(key)
        return None

    def octets(self, key: str, *, exactly: int | None = None) -> bytes:
        """A byte string, of `exactly` so many bytes; empty where it is wrong."""
        value = self._take(key)
        if isinstance(value, bytes) and (exactly is None or len(value) == exactly):
            return value
        self.refuse(key)
        return b""

    def whole(self, key: str) -> int:
        """A whole number from 0 to `LARGEST_WHOLE`; 0 where it is wrong."""
        value = self._take(key)
        if type(value) is int and 0 <= value <= LARGEST_WHOLE:
            return value
        self.refuse(key)
        return 0

    def whole_or_none(self, key: str) -> int | None:
        """A whole number that is not negative, or None."""
        value = self._take(key)
        if value is None or (type(value) is int and value >= 0):
            return value
        self.refuse(key)
        return None

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of up to `MOST_ITEMS` texts; empty where it is wrong."""
        return tuple(item for item in self._items(key, str) if isinstance(item, str))

    def parts(self, key: str, *, most: int = MOST_ITEMS) -> tuple[PlainReader, ...]:
        """A list of up to `most` mappings; empty where it is wrong."""
        return tuple(
            PlainReader(item, self._at(f"{key}.{place}"), self._found)
            for place, item in enumerate(self._items(key, dict, most))
        )

    def apart(self, key: str, *, most: int = MOST_ITEMS) -> tuple[PlainReader, ...]:
        """A list as `parts`, of which each has a `problem` of its own, not of the whole."""
        return tuple(
            PlainReader(item, self._at(f"{key}.{place}"))
            for place, item in enumerate(self._items(key, dict, most))
        )

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self._take(key)
        if isinstance(value, bool):
            return value
        self.refuse(key)
        return False

    def choice(self, key: str, kind: type[_Choice]) -> _Choice:
        """A member of an enumeration, by its value; the first one where it is wrong."""
        value = self._take(key)
        for member in kind:
            if isinstance(value, str) and member.value == value:
                return member
        self.refuse(key)
        return next(iter(kind))

    def choices(self, key: str, kind: type[_Choice]) -> tuple[_Choice, ...]:
        """A list of members of an enumeration, by their values; empty where any is wrong."""
        by_value = {str(member.value): member for member in kind}
        texts = self.texts(key)
        if all(text in by_value for text in texts):
            return tuple(by_value[text] for text in texts)
        self.refuse(key)
        return ()

    def choice_or_none(self, key: str, kind: type[_Choice]) -> _Choice | None:
        """A member of an enumeration, by its value, or None."""
        if self._left.get(key, "") is None:
            del self._left[key]
            return None
        return self.choice(key, kind)

    def day(self, key: str) -> date:
        """A full date from its ISO text; the first of the calendar where it is wrong."""
        partial = self.partial_date(key)
        if partial.month is None or partial.day is None:
            self.refuse(key)
            return date.min
        return partial.earliest()

    def day_or_none(self, key: str) -> date | None:
        """A full date from its ISO text, or None."""
        if self._left.get(key, "") is None:
            del self._left[key]
            return None
        return self.day(key)

    def partial_date(self, key: str) -> PartialDate:
        """A date that may lack day and month, from `PartialDate.text`."""
        value = self._take(key)
        partial = partial_from_text(value) if isinstance(value, str) else None
        if isinstance(partial, PartialDate):
            return partial
        self.refuse(key)
        return PartialDate(1, 1, 1)

    def part(self, key: str) -> PlainReader:
        """A mapping inside."""
        return PlainReader(self._take(key), self._at(key), self._found)

    def part_or_none(self, key: str) -> PlainReader | None:
        """A mapping inside, or None."""
        value = self._take(key)
        return None if value is None else PlainReader(value, self._at(key), self._found)

    def finish(self) -> None:
        """Everything is taken: what is left over was not foreseen."""
        for key in self._left:
            self.refuse(key if _NAME.fullmatch(key) else "")

    def _take(self, key: str) -> object:
        if key in self._left:
            return self._left.pop(key)
        self.refuse(key)
        return None

    def _items(self, key: str, kind: type, most: int = MOST_ITEMS) -> list[object]:
        value = self._take(key)
        if (
            isinstance(value, list)
            and len(value) <= most
            and all(isinstance(item, kind) for item in value)
        ):
            return value
        self.refuse(key)
        return []

    def _at(self, key: str) -> str:
        return ".".join(part for part in (self._path, key) if part)

    def refuse(self, key: str) -> None:
        """Note that a member is not as it should be; only its place is told, never what was sent."""
        self._found.append(Problem("operation.malformed", field=self._at(key)))
