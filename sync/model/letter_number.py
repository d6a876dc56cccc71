"""The number by which letters of one act are called: on the paper, in mails, at the counter."""

from __future__ import annotations

from typing import Final

_SIGNS: Final = 8


def letter_number(operation_id: str) -> str:
    """The short name of an act on its papers, `A1B2-C3D4`: the end of its operation's number.

    Two letters of one person are told apart by it, and a letter that is void is called by it.

    Args:
        operation_id: of the envelope that made the secrets, 32 hexadecimal digits.
    """
    end = operation_id[-_SIGNS:].upper()
    return f"{end[: _SIGNS // 2]}-{end[_SIGNS // 2 :]}"
