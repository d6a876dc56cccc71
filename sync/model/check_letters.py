"""Letters without look-alikes, and the check letter that registration numbers and codes end with.

The check is a pure system after ISO/IEC 7064 with modulus 31 and radix 3: the sum of every
character's value times 3 to the power of its place (0 at the right) leaves 1 when divided by 31.
The modulus is prime and 3 is a primitive root of it, so for up to 30 characters every single wrong
one, every swap of two at any distance, and every pair of equal neighbours read as another pair is
caught.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""31 characters in order of value: no 0, 1, I, L, O."""

SEPARATORS: Final = str.maketrans("", "", " -\u00a0\u2010\u2011\u2013")
"""What a person may put between groups of them."""

_RADIX: Final = 3


def weighted_sum(values: Sequence[int]) -> int:
    """Sum of value times radix to the power of the place, modulo 31 (Horner's scheme)."""
    total = 0
    for value in values:
        total = (total * _RADIX + value) % len(LETTERS)
    return total


def check_value(values: Sequence[int]) -> int:
    """The value that makes the weighted sum of values and check leave 1."""
    return (1 - weighted_sum(values) * _RADIX) % len(LETTERS)
