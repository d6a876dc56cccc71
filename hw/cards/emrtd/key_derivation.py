"""Keys out of what is printed on a document, and out of shared secrets, ICAO 9303-11 clause 9.7."""

from __future__ import annotations

import hashlib
from typing import Final, assert_never

from hw.cards.emrtd.ciphers import Suite
from hw.document_readings import CardAccessNumber, DocumentKey, MrzKey

_PASSWORD: Final = 3
_NUMBER_SIZE: Final = 9
_DATE_SIZE: Final = 6
_FILLER: Final = "<"
_VALUES: Final = {sign: value for value, sign in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
_WEIGHTS: Final = (7, 3, 1)
_SEED_SIZE: Final = 16


def derive(secret: bytes, counter: int, suite: Suite) -> bytes:
    """A key out of a shared secret (clause 9.7.1).

    Args:
        secret: K of the clause: key seed, shared secret or password.
        counter: 1 for encryption, 2 for authentication, 3 for a password.
        suite: what the key is for: SHA-1 and 16 bytes for 3DES (with parity bits) and AES-128,
            SHA-256 for AES-192 and AES-256.

    Returns:
        `suite.key_size` bytes.
    """
    return suite.derive(secret, counter)


def password_key(key: DocumentKey, suite: Suite) -> bytes:
    """K-pi, under which the chip encrypts the nonce of PACE (clause 9.7.3)."""
    return derive(password_of(key), _PASSWORD, suite)


def password_of(key: DocumentKey) -> bytes:
    """f(pi) of clause 9.7.3: the digits of the CAN, or SHA-1 of the zone's three fields."""
    match key:
        case CardAccessNumber(digits=digits):
            return digits.encode("latin-1", "replace")
        case MrzKey():
            return hashlib.sha1(_mrz_information(key)).digest()  # noqa: S324 - the standard's
        case _:
            assert_never(key)


def bac_seed(key: MrzKey) -> bytes:
    """Kseed of Basic Access Control, 16 bytes (clause 9.7.2)."""
    return password_of(key)[:_SEED_SIZE]


def check_digit(text: str) -> str:
    """The check digit over characters of a machine readable zone (ICAO 9303-3 clause 4.9)."""
    total = sum(
        _VALUES.get(sign, 0) * _WEIGHTS[place % len(_WEIGHTS)] for place, sign in enumerate(text)
    )
    return str(total % 10)


def _mrz_information(key: MrzKey) -> bytes:
    """The three fields, each with its check digit.

    A number longer than nine characters counts whole, as if its field had room for it
    (clause 9.7.2, and the example of appendix D.2).
    """
    fields = (
        _as_printed(key.document_number, _NUMBER_SIZE),
        _as_printed(key.birth_date, _DATE_SIZE),
        _as_printed(key.expiry_date, _DATE_SIZE),
    )
    return "".join(field + check_digit(field) for field in fields).encode("ascii")


def _as_printed(text: str, size: int) -> str:
    """Upper case, anything but letters and digits as filler, filled up to `size`."""
    signs = (sign if sign in _VALUES else _FILLER for sign in text.upper())
    return "".join(signs).ljust(size, _FILLER)
