"""What a digest of a secret must look like to be believed (PHC text, RFC 9106 3.1).

Who checks a PIN spends the memory and time that the digest names, so a station must not name any
it likes; and one that spends too little is no protection.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from sync.model.errors import Problem

LEAST_MEMORY: Final = 19 * 1024
"""KiB; with two passes the least that OWASP's Password Storage Cheat Sheet advises."""

MOST_MEMORY: Final = 64 * 1024
"""KiB; the second recommended option of RFC 9106, 4."""

LEAST_PASSES: Final = 2
MOST_PASSES: Final = 4
MOST_LANES: Final = 1
"""Computations of several lanes can block each other (`sync.wire.secret_digest.LANES`)."""

SALT_BYTES: Final = 16
DIGEST_BYTES: Final = 32

_PHC: Final = re.compile(
    r"\$argon2id\$v=19\$m=([1-9][0-9]{0,6}),t=([1-9][0-9]{0,2}),p=([1-9][0-9]{0,2})"
    r"\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})"
)


def digest_problem(text: str) -> Problem | None:
    """Why a text is no digest that is believed (`secrets.digest`), or None.

    It is Argon2id version 1.3 with 16 bytes of salt and 32 of digest, with memory, passes and lanes
    within the limits above.
    """
    match = _PHC.fullmatch(text)
    if match is None:
        return Problem("secrets.digest")
    memory, passes, lanes = (int(number) for number in match.groups()[:3])
    within = (
        LEAST_MEMORY <= memory <= MOST_MEMORY
        and LEAST_PASSES <= passes <= MOST_PASSES
        and lanes <= MOST_LANES
    )
    if not within or not all(_canonical(part) for part in match.groups()[3:]):
        return Problem("secrets.digest")
    return None


def _canonical(text: str) -> bool:
    """Whether no bit of the last character is lost: each digest has one text."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        return False
    return base64.b64encode(data).decode().rstrip("=") == text
