"""The PIN and the codes that a counter gives out (R-003-1, 19, 26).

They are made as arrays of bytes, which whoever holds them fills with zeros when they are printed,
digested and sealed. The alphabets have no look-alikes. A code ends with a check letter, so a typing
error is told at once and costs no attempt; it is no help to who guesses, since it is made of the
other eleven letters.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from sync.model.check_letters import LETTERS, SEPARATORS, check_value, weighted_sum
from sync.model.dates import PartialDate
from sync.model.errors import Problem

VALID_DAYS: Final = 60
"""Days after the booking on which PIN and code are good."""

PIN_DIGITS: Final = 8
CODE_LETTERS: Final = 12
"""Letters of an activation or revocation code; the last one checks the others."""

Below = Callable[[int], int]
"""A whole number from 0 to below its argument, each equally likely and unforeseeable."""

_GROUP: Final = 4
_FEWEST_DIGITS: Final = 4
_LONGEST_RUN: Final = 4
_LONGEST_TYPED: Final = 60


def make_pin(random: Below, avoid: Collection[str] = ()) -> bytearray:
    """A PIN of eight digits that nobody would try first.

    Not given out are those of fewer than four different digits, with a group that repeats
    (`12341234`), with a run of more than four (`12345`), and what holds a text of `avoid`; less
    than one in a hundred.

    Args:
        random: source of chance; `secrets.randbelow` in the product.
        avoid: texts of digits that must not be in it: `birth_texts`.
    """
    while True:
        pin = bytearray(b"0" * PIN_DIGITS)
        for place in range(PIN_DIGITS):
            pin[place] += random(10)
        if not is_trivial_pin(pin, avoid):
            return pin
        pin[:] = bytes(PIN_DIGITS)


def is_trivial_pin(pin: bytes | bytearray, avoid: Collection[str] = ()) -> bool:
    """Whether `pin` is one that `make_pin` does not give out."""
    half = len(pin) // 2
    if len(set(pin)) < _FEWEST_DIGITS or pin[:half] == pin[half:]:
        return True
    if any(text.encode() in pin for text in avoid if text):
        return True
    run = 1
    before = 0
    for place in range(1, len(pin)):
        step = pin[place] - pin[place - 1]
        run = run + 1 if step in {1, -1} and step == before else 2
        before = step
        if step in {1, -1} and run > _LONGEST_RUN:
            return True
    return False


def birth_texts(born: PartialDate) -> frozenset[str]:
    """The ways in which a date of birth is written in six or eight digits; none if it is partial."""
    if born.month is None or born.day is None:
        return frozenset()
    year, month, day = f"{born.year:04}", f"{born.month:02}", f"{born.day:02}"
    short = year[2:]
    return frozenset(
        {
            day + month + year,
            month + day + year,
            year + month + day,
            day + month + short,
            month + day + short,
            short + month + day,
        }
    )


def make_code(random: Below) -> bytearray:
    """An activation or revocation code: eleven letters by chance (54 bits) and a check letter."""
    code = bytearray(CODE_LETTERS)
    values = bytearray(CODE_LETTERS - 1)
    for place in range(CODE_LETTERS - 1):
        values[place] = random(len(LETTERS))
        code[place] = ord(LETTERS[values[place]])
    code[-1] = ord(LETTERS[check_value(values)])
    values[:] = bytes(len(values))
    return code


def shown(code: str | bytes | bytearray) -> str:
    """A code for reading: three groups of four, `ABCD-EFGH-JKMN`. Does not judge it."""
    text = code if isinstance(code, str) else code.decode("ascii")
    return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def parse_code(text: str) -> str | Problem:
    """Read a code as typed: small letters, spaces and dashes are fine.

    A character outside the alphabet is refused, never replaced by one that looks like it.
    """
    packed = text.strip().translate(SEPARATORS)
    if not packed:
        return Problem("code.empty")
    if len(packed) > _LONGEST_TYPED:
        return Problem("code.length", details=(("expected", str(CODE_LETTERS)),))
    capitals = packed.upper() if packed.isascii() else packed
    for position, character in enumerate(capitals, start=1):
        if character not in LETTERS:
            return Problem("code.characters", details=(("position", str(position)),))
    if len(capitals) != CODE_LETTERS:
        return Problem("code.length", details=(("expected", str(CODE_LETTERS)),))
    if weighted_sum([LETTERS.index(character) for character in capitals]) != 1:
        return Problem("code.check-letter")
    return capitals


def parse_pin(text: str) -> str | Problem:
    """Read a PIN as typed; spaces and dashes are fine."""
    packed = text.strip().translate(SEPARATORS)
    if not packed:
        return Problem("pin.empty")
    if not (packed.isascii() and packed.isdigit()):
        return Problem("pin.characters")
    if len(packed) != PIN_DIGITS:
        return Problem("pin.length", details=(("expected", str(PIN_DIGITS)),))
    return packed
