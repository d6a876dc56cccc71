"""Integrated mapping of PACE: a generator out of two nonces (ICAO 9303-11 clauses 4.4.3.3.2, B)."""

from __future__ import annotations

from dataclasses import replace

from tests.emulated.cards.emrtd_apdu import WRONG_DATA, Refused
from tests.emulated.cards.emrtd_crypto import Suite, encrypt
from tests.emulated.cards.emrtd_groups import Curve, Group

_CONSTANTS = {
    16: ("A668892A7C41E3CA739F40B057D85904", "A4E136AC725F738B01C1F60217C188AD"),
    32: (
        "D463D65234124EF7897054986DCA0A174E28DF758CBAA03F240616414D5A1676",
        "54BD7255F0AAF831BEC3423FCF39D69B6CBF066677D0FAAE5AADD99DF8E53517",
    ),
}
"""c0 and c1 by the length of the nonce in bytes, clause 4.4.3.3.2."""


def pseudo_random(suite: Suite, nonce: bytes, terminal_nonce: bytes, bits: int) -> int:
    """R of clause 4.4.3.3.2, before it is reduced: so many blocks that it has `bits` + 64."""
    size = suite.key_size
    if len(nonce) not in _CONSTANTS:
        raise Refused(WRONG_DATA)
    c0, c1 = (bytes.fromhex(text) for text in _CONSTANTS[len(nonce)])
    key = encrypt(suite, terminal_nonce, nonce)
    blocks = b""
    while len(blocks) * 8 < bits + 64:
        blocks += encrypt(suite, key[:size], c1)
        key = encrypt(suite, key[:size], c0)
    return int.from_bytes(blocks, "big")


def integrated(group: Group, suite: Suite, nonce: bytes, terminal_nonce: bytes) -> Group:
    """The group with the generator that both nonces give.

    Raises:
        Refused: the terminal's nonce is no key of the cipher.
    """
    if len(terminal_nonce) != suite.key_size:
        raise Refused(WRONG_DATA)
    prime = group.prime
    number = pseudo_random(suite, nonce, terminal_nonce, prime.bit_length()) % prime
    if isinstance(group, Curve):
        return replace(group, generator=point_of(group, number))
    return replace(group, generator=pow(number, (prime - 1) // group.order, prime))


def point_of(curve: Curve, number: int) -> tuple[int, int]:
    """Point encoding for curves whose prime is 3 modulo 4, appendix B."""
    p, a, b = curve.prime, curve.a, curve.b
    alpha = -number * number % p
    x2 = -b * pow(a, -1, p) * (1 + pow(alpha + alpha * alpha, -1, p)) % p
    x3 = alpha * x2 % p
    h2 = (pow(x2, 3, p) + a * x2 + b) % p
    square = pow(h2, p - 1 - (p + 1) // 4, p)
    if square * square * h2 % p == 1:
        return x2, square * h2 % p
    return x3, pow(number, 3, p) * square * h2 % p
