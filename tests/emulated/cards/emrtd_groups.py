"""The chip's arithmetic: finite fields and elliptic curves with any generator, on Python integers.

Generic mapping needs a generator that no library offers, so this is written out: BSI TR-03111 for
the curves, ICAO 9303-11 clause 9.5 for encodings. Not in constant time; it guards nobody's key.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from tests.emulated.cards.emrtd_parameters import CURVES, MODP


class NotInGroup(ValueError):  # noqa: N818 - what a chip finds, no error of it
    """A public value that is no element of the group, or a trivial one."""


@dataclass(frozen=True, slots=True)
class FiniteField:
    """A subgroup of prime order of the integers modulo a prime.

    Attributes:
        prime: the modulus.
        generator: generates the subgroup.
        order: number of its elements.
    """

    prime: int
    generator: int
    order: int

    @property
    def size(self) -> int:
        """Bytes of a public value."""
        return (self.prime.bit_length() + 7) // 8

    def public(self, secret: int) -> bytes:
        """The public value of a secret, with its leading zeros (clause 9.4.3)."""
        return pow(self.generator, secret, self.prime).to_bytes(self.size, "big")

    def number(self, public: bytes) -> int:
        """A public value that is an element of the subgroup, other than 1.

        Raises:
            NotInGroup: it is not.
        """
        value = int.from_bytes(public, "big")
        if not 1 < value < self.prime - 1 or pow(value, self.order, self.prime) != 1:
            raise NotInGroup
        return value

    def shared(self, secret: int, public: bytes) -> bytes:
        """The shared secret, as long as the prime."""
        return pow(self.number(public), secret, self.prime).to_bytes(self.size, "big")

    def mapped(self, nonce: bytes, secret: int, public: bytes) -> FiniteField:
        """Generic mapping, clause 4.4.3.3.1: the group with the generator g^s * h."""
        shared = pow(self.number(public), secret, self.prime)
        start = pow(self.generator, int.from_bytes(nonce, "big"), self.prime)
        return replace(self, generator=start * shared % self.prime)


_Jacobian = tuple[int, int, int]
_INFINITY: _Jacobian = (1, 1, 0)


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve y^2 = x^3 + ax + b over a prime field, with a generator of prime order.

    Attributes:
        prime: the field.
        a: coefficient.
        b: coefficient.
        generator: x and y.
        order: order of the generator.
    """

    prime: int
    a: int
    b: int
    generator: tuple[int, int]
    order: int

    @property
    def size(self) -> int:
        """Bytes of a coordinate."""
        return (self.prime.bit_length() + 7) // 8

    def public(self, secret: int) -> bytes:
        """The public point, uncompressed (TR-03111 clause 3.2.1)."""
        return self.encode(self.times(secret, self.generator))

    def encode(self, point: tuple[int, int]) -> bytes:
        """A point, uncompressed."""
        return b"\x04" + b"".join(part.to_bytes(self.size, "big") for part in point)

    def point(self, public: bytes) -> tuple[int, int]:
        """A point that lies on the curve; the cofactor is 1, so that it is in the subgroup too.

        Raises:
            NotInGroup: it does not.
        """
        if len(public) != 1 + 2 * self.size or public[0] != 0x04:
            raise NotInGroup
        x = int.from_bytes(public[1 : 1 + self.size], "big")
        y = int.from_bytes(public[1 + self.size :], "big")
        if max(x, y) >= self.prime or (y * y - x**3 - self.a * x - self.b) % self.prime:
            raise NotInGroup
        return x, y

    def shared(self, secret: int, public: bytes) -> bytes:
        """The shared secret: the x-coordinate (clause 9.4.3)."""
        return self.times(secret, self.point(public))[0].to_bytes(self.size, "big")

    def mapped(self, nonce: bytes, secret: int, public: bytes) -> Curve:
        """Generic mapping, clause 4.4.3.3.1: the group with the generator s * G + H."""
        shared = self._multiply(secret, self.point(public))
        start = self._multiply(int.from_bytes(nonce, "big"), self.generator)
        return replace(self, generator=self._affine(self._add(start, shared)))

    def times(self, factor: int, point: tuple[int, int]) -> tuple[int, int]:
        """A multiple of a point.

        Raises:
            NotInGroup: the multiple is the point at infinity.
        """
        return self._affine(self._multiply(factor, point))

    def _multiply(self, factor: int, point: tuple[int, int]) -> _Jacobian:
        result = _INFINITY
        step: _Jacobian = (*point, 1)
        for bit in f"{factor % self.order:b}":
            result = self._double(result)
            if bit == "1":
                result = self._add(result, step)
        return result

    def _double(self, point: _Jacobian) -> _Jacobian:
        x, y, z = point
        if not z or not y:
            return _INFINITY
        p = self.prime
        yy = y * y % p
        s = 4 * x * yy % p
        m = (3 * x * x + self.a * pow(z, 4, p)) % p
        new_x = (m * m - 2 * s) % p
        return new_x, (m * (s - new_x) - 8 * yy * yy) % p, 2 * y * z % p

    def _add(self, one: _Jacobian, other: _Jacobian) -> _Jacobian:
        x1, y1, z1 = one
        x2, y2, z2 = other
        if not z1:
            return other
        if not z2:
            return one
        p = self.prime
        zz1, zz2 = z1 * z1 % p, z2 * z2 % p
        u1, u2 = x1 * zz2 % p, x2 * zz1 % p
        s1, s2 = y1 * zz2 * z2 % p, y2 * zz1 * z1 % p
        h, r = (u2 - u1) % p, (s2 - s1) % p
        if not h:
            return _INFINITY if r else self._double(one)
        hh = h * h % p
        hhh, v = h * hh % p, u1 * hh % p
        x = (r * r - hhh - 2 * v) % p
        return x, (r * (v - x) - s1 * hhh) % p, h * z1 * z2 % p

    def _affine(self, point: _Jacobian) -> tuple[int, int]:
        x, y, z = point
        if not z:
            raise NotInGroup
        inverse = pow(z, -1, self.prime)
        square = inverse * inverse % self.prime
        return x * square % self.prime, y * square * inverse % self.prime


Group = FiniteField | Curve


@cache
def standard_group(identifier: int) -> Group:
    """The group of a standardised parameter identifier, ICAO 9303-11 table 6.

    Raises:
        KeyError: the identifier is reserved.
    """
    if identifier in MODP:
        prime, generator, order = (int(text, 16) for text in MODP[identifier])
        return FiniteField(prime, generator, order)
    prime, a, b, x, y, order = (int(text, 16) for text in CURVES[identifier])
    return Curve(prime, a, b, (x, y), order)


def secret_number(group: Group, random_bytes: bytes) -> int:
    """A private key of the group out of bytes; a printed key comes out as it went in."""
    return int.from_bytes(random_bytes, "big") % group.order
