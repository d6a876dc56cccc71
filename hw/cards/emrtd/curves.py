"""Prime curves: the points that a chip sends, checked, and what PACE computes with them.

Scalar multiplication is OpenSSL's (through `cryptography`) wherever it has the curve. It gives the
x-coordinate only and starts from a standard generator, while PACE needs whole points and a
generator of its own; so k*P is taken from the x-coordinates of k*P and (k+1)*P, which determine it
(Okeya and Sakurai, CHES 2001). The three Brainpool curves that `cryptography` lacks go through a
fixed window with complete addition formulas (Renes, Costello and Batina, EUROCRYPT 2016, algorithm
1) on Python's integers: the same steps for every scalar, though not in constant time (ADR 0073).

All curves here have cofactor 1, so that a point on the curve, not at infinity, is in the group.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec

from hw.apdu.tlv import Malformed

_UNCOMPRESSED: Final = 0x04
_WINDOW: Final = 4
_MOST_DRAWS: Final = 512

RandomBytes = Callable[[int], bytes]
"""Gives that many random bytes, as `secrets.token_bytes` does."""


class Point(NamedTuple):
    """An affine point; the point at infinity has none."""

    x: int
    y: int


_Projective = tuple[int, int, int]
_INFINITY: Final[_Projective] = (0, 1, 0)


def draw_secret(order: int, random: RandomBytes) -> int:
    """A private key: uniform in 1..order-2, by rejection (FIPS 186-5 A.2.2).

    order-1 is left out, as its successor would be no scalar.

    Raises:
        RuntimeError: `random` gives nothing that fits, again and again.
    """
    bits = order.bit_length()
    for _ in range(_MOST_DRAWS):
        drawn = int.from_bytes(random((bits + 7) // 8), "big") & ((1 << bits) - 1)
        if 1 <= drawn <= order - 2:
            return drawn
    raise RuntimeError("the source of randomness does not vary")


@dataclass(frozen=True)
class Curve:
    """y^2 = x^3 + ax + b over a prime field, with a base point of prime order and cofactor 1.

    Implements `hw.cards.emrtd.groups.Group`.

    Attributes:
        name: as its standard has it.
        p: prime of the field.
        a: first coefficient.
        b: second coefficient.
        base: base point G.
        order: order of G, a prime.
        openssl: the curve in `cryptography`, None where that lacks it.
    """

    name: str
    p: int = field(repr=False)
    a: int = field(repr=False)
    b: int = field(repr=False)
    base: Point = field(repr=False)
    order: int = field(repr=False)
    openssl: ec.EllipticCurve | None = field(repr=False, compare=False)

    @cached_property
    def size(self) -> int:
        """Bytes of a coordinate, and of a shared secret."""
        return (self.p.bit_length() + 7) // 8

    @property
    def longest(self) -> int:
        """Bytes of an encoded point."""
        return 1 + 2 * self.size

    def decode(self, data: bytes) -> Point:
        """A point in uncompressed form (BSI TR-03111 clause 3.2.1), checked (clause 4.3.1).

        Raises:
            Malformed: another form or size, a coordinate outside the field, not on the curve.
        """
        if len(data) != self.longest or data[0] != _UNCOMPRESSED:
            raise Malformed("point-form")
        point = Point(
            int.from_bytes(data[1 : 1 + self.size], "big"),
            int.from_bytes(data[1 + self.size :], "big"),
        )
        if not self.holds(point):
            raise Malformed("point-off-curve")
        return point

    def holds(self, point: Point) -> bool:
        """Whether the point is on the curve, its coordinates reduced."""
        x, y = point
        return (
            0 <= x < self.p
            and 0 <= y < self.p
            and (y * y - (x * x * x + self.a * x + self.b)) % self.p == 0
        )

    def encode(self, element: Point) -> bytes:
        """A point in uncompressed form."""
        return b"".join(
            (
                bytes((_UNCOMPRESSED,)),
                element.x.to_bytes(self.size, "big"),
                element.y.to_bytes(self.size, "big"),
            )
        )

    def key_pair(self, base: Point, random: RandomBytes) -> tuple[int, Point]:
        """A new private key and its public key to the generator `base`."""
        secret = draw_secret(self.order, random)
        return secret, self.multiply(secret, base)

    def multiply(self, secret: int, element: Point) -> Point:
        """Secret * element; the scalar must be in 1..order-1 and the point in the group.

        Raises:
            ValueError: another scalar. That is a bug of the caller.
        """
        if not 1 <= secret < self.order:
            raise ValueError("scalar outside 1..order-1")
        if secret == self.order - 1:
            return Point(element.x, self.p - element.y)
        if self.openssl is None:
            return self.multiply_by_window(secret, element)
        if element == self.base:
            numbers = ec.derive_private_key(secret, self.openssl).public_key().public_numbers()
            return Point(numbers.x, numbers.y)
        return self._recover(element, self._x_of(secret, element), self._x_of(secret + 1, element))

    def shared(self, secret: int, element: Point) -> bytes:
        """The shared secret of ECKA: the x-coordinate of secret * element, in full length."""
        if self.openssl is None:
            x = self.multiply(secret, element).x
        else:
            x = self._x_of(secret, element)
        return x.to_bytes(self.size, "big")

    def add(self, one: Point, other: Point) -> Point:
        """The sum of two points.

        Raises:
            Malformed: it is the point at infinity.
        """
        if one.x == other.x:
            if (one.y + other.y) % self.p == 0:
                raise Malformed("point-at-infinity")
            slope = (3 * one.x * one.x + self.a) * pow(2 * one.y, -1, self.p)
        else:
            slope = (other.y - one.y) * pow(other.x - one.x, -1, self.p)
        x = (slope * slope - one.x - other.x) % self.p
        return Point(x, (slope * (one.x - x) - one.y) % self.p)

    def mapped(self, number: int) -> Point:
        """The point for a field element: simplified SWU encoding (ICAO 9303-11 appendix B.2).

        Raises:
            Malformed: the curve has no such encoding (p = 1 mod 4), or the element has none.
        """
        p, a, b = self.p, self.a, self.b
        if p % 4 != 3:
            raise Malformed("curve-without-integrated-mapping")
        t = number % p
        alpha = -t * t % p
        spread = (alpha + alpha * alpha) % p
        if spread == 0:
            raise Malformed("mapping-degenerate")
        x2 = -b * (1 + spread) * pow(a * spread, -1, p) % p
        x3 = alpha * x2 % p
        h2 = (x2 * x2 * x2 + a * x2 + b) % p
        root = pow(h2, p - 1 - (p + 1) // 4, p)
        if root * root * h2 % p == 1:
            return Point(x2, root * h2 % p)
        return Point(x3, root * t * t * t * h2 % p)

    def multiply_by_window(self, secret: int, element: Point) -> Point:
        """Secret * element on Python's integers: four bits at a time, the same steps for each."""
        single = (element.x, element.y, 1)
        table = [_INFINITY]
        for _ in range((1 << _WINDOW) - 1):
            table.append(self._sum(table[-1], single))
        total = _INFINITY
        windows = -(-self.order.bit_length() // _WINDOW)
        for shift in range((windows - 1) * _WINDOW, -1, -_WINDOW):
            for _ in range(_WINDOW):
                total = self._sum(total, total)
            total = self._sum(total, table[secret >> shift & (1 << _WINDOW) - 1])
        x, y, z = total
        inverse = pow(z, -1, self.p)
        return Point(x * inverse % self.p, y * inverse % self.p)

    def _x_of(self, secret: int, element: Point) -> int:
        """The x-coordinate of secret * element, by OpenSSL's ECDH."""
        curve = self.openssl
        if curve is None:
            raise ValueError("not a curve of OpenSSL")
        public = ec.EllipticCurvePublicNumbers(element.x, element.y, curve).public_key()
        shared = ec.derive_private_key(secret, curve).exchange(ec.ECDH(), public)
        return int.from_bytes(shared, "big")

    def _recover(self, point: Point, x1: int, x2: int) -> Point:
        """The multiple with x-coordinate `x1` whose sum with `point` has x-coordinate `x2`.

        From the chord through both: (y1-y)^2 = (x+x1+x2)(x1-x)^2, solved for y1.
        """
        p, x, y = self.p, point.x, point.y
        squares = x1 * x1 * x1 + self.a * x1 + self.b + y * y
        chord = (x + x1 + x2) * (x1 - x) * (x1 - x)
        return Point(x1, (squares - chord) * pow(2 * y, -1, p) % p)

    def _sum(self, one: _Projective, other: _Projective) -> _Projective:
        """The sum in projective coordinates, complete: no case is special."""
        p, a, b3 = self.p, self.a, 3 * self.b
        x1, y1, z1 = one
        x2, y2, z2 = other
        xx, yy, zz = x1 * x2 % p, y1 * y2 % p, z1 * z2 % p
        xy = ((x1 + y1) * (x2 + y2) - xx - yy) % p
        xz = ((x1 + z1) * (x2 + z2) - xx - zz) % p
        yz = ((y1 + z1) * (y2 + z2) - yy - zz) % p
        low = (b3 * zz + a * xz) % p
        minus, plus = yy - low, yy + low
        azz = a * zz % p
        slope = 3 * xx + azz
        cross = (b3 * xz + a * (xx - azz)) % p
        return (
            (xy * minus - yz * cross) % p,
            (minus * plus + slope * cross) % p,
            (yz * plus + xy * slope) % p,
        )


P_192: Final = Curve(
    name="NIST P-192",
    p=0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFFFFFFFFFF,
    a=0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFFFFFFFFFC,
    b=0x64210519E59C80E70FA7E9AB72243049FEB8DEECC146B9B1,
    base=Point(
        0x188DA80EB03090F67CBF20EB43A18800F4FF0AFD82FF1012,
        0x07192B95FFC8DA78631011ED6B24CDD573F977A11E794811,
    ),
    order=0xFFFFFFFFFFFFFFFFFFFFFFFF99DEF836146BC9B1B4D22831,
    openssl=ec.SECP192R1(),
)
"""FIPS 186-4 D.1.2.1."""
BRAINPOOL_P192R1: Final = Curve(
    name="brainpoolP192r1",
    p=0xC302F41D932A36CDA7A3463093D18DB78FCE476DE1A86297,
    a=0x6A91174076B1E0E19C39C031FE8685C1CAE040E5C69A28EF,
    b=0x469A28EF7C28CCA3DC721D044F4496BCCA7EF4146FBF25C9,
    base=Point(
        0xC0A0647EAAB6A48753B033C56CB0F0900A2F5C4853375FD6,
        0x14B690866ABD5BB88B5F4828C1490002E6773FA2FA299B8F,
    ),
    order=0xC302F41D932A36CDA7A3462F9E9E916B5BE8F1029AC4ACC1,
    openssl=None,
)
"""RFC 5639 clause 3.2."""
P_224: Final = Curve(
    name="NIST P-224",
    p=0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF000000000000000000000001,
    a=0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFE,
    b=0xB4050A850C04B3ABF54132565044B0B7D7BFD8BA270B39432355FFB4,
    base=Point(
        0xB70E0CBD6BB4BF7F321390B94A03C1D356C21122343280D6115C1D21,
        0xBD376388B5F723FB4C22DFE6CD4375A05A07476444D5819985007E34,
    ),
    order=0xFFFFFFFFFFFFFFFFFFFFFFFFFFFF16A2E0B8F03E13DD29455C5C2A3D,
    openssl=ec.SECP224R1(),
)
"""FIPS 186-4 D.1.2.2. No integrated mapping: p = 1 mod 4."""
BRAINPOOL_P224R1: Final = Curve(
    name="brainpoolP224r1",
    p=0xD7C134AA264366862A18302575D1D787B09F075797DA89F57EC8C0FF,
    a=0x68A5E62CA9CE6C1C299803A6C1530B514E182AD8B0042A59CAD29F43,
    b=0x2580F63CCFE44138870713B1A92369E33E2135D266DBB372386C400B,
    base=Point(
        0x0D9029AD2C7E5CF4340823B2A87DC68C9E4CE3174C1E6EFDEE12C07D,
        0x58AA56F772C0726F24C6B89E4ECDAC24354B9E99CAA3F6D3761402CD,
    ),
    order=0xD7C134AA264366862A18302575D0FB98D116BC4B6DDEBCA3A5A7939F,
    openssl=None,
)
"""RFC 5639 clause 3.3."""
P_256: Final = Curve(
    name="NIST P-256",
    p=0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF,
    a=0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFC,
    b=0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
    base=Point(
        0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    ),
    order=0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    openssl=ec.SECP256R1(),
)
"""FIPS 186-4 D.1.2.3."""
BRAINPOOL_P256R1: Final = Curve(
    name="brainpoolP256r1",
    p=0xA9FB57DBA1EEA9BC3E660A909D838D726E3BF623D52620282013481D1F6E5377,
    a=0x7D5A0975FC2C3057EEF67530417AFFE7FB8055C126DC5C6CE94A4B44F330B5D9,
    b=0x26DC5C6CE94A4B44F330B5D9BBD77CBF958416295CF7E1CE6BCCDC18FF8C07B6,
    base=Point(
        0x8BD2AEB9CB7E57CB2C4B482FFC81B7AFB9DE27E1E3BD23C23A4453BD9ACE3262,
        0x547EF835C3DAC4FD97F8461A14611DC9C27745132DED8E545C1D54C72F046997,
    ),
    order=0xA9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7,
    openssl=ec.BrainpoolP256R1(),
)
"""RFC 5639 clause 3.4."""
BRAINPOOL_P320R1: Final = Curve(
    name="brainpoolP320r1",
    p=0xD35E472036BC4FB7E13C785ED201E065F98FCFA6F6F40DEF4F92B9EC7893EC28FCD412B1F1B32E27,
    a=0x3EE30B568FBAB0F883CCEBD46D3F3BB8A2A73513F5EB79DA66190EB085FFA9F492F375A97D860EB4,
    b=0x520883949DFDBC42D3AD198640688A6FE13F41349554B49ACC31DCCD884539816F5EB4AC8FB1F1A6,
    base=Point(
        0x43BD7E9AFB53D8B85289BCC48EE5BFE6F20137D10A087EB6E7871E2A10A599C710AF8D0D39E20611,
        0x14FDD05545EC1CC8AB4093247F77275E0743FFED117182EAA9C77877AAAC6AC7D35245D1692E8EE1,
    ),
    order=0xD35E472036BC4FB7E13C785ED201E065F98FCFA5B68F12A32D482EC7EE8658E98691555B44C59311,
    openssl=None,
)
"""RFC 5639 clause 3.5."""
P_384: Final = Curve(
    name="NIST P-384",
    p=0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFF0000000000000000FFFFFFFF,
    a=0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFF0000000000000000FFFFFFFC,
    b=0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
    base=Point(
        0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
        0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F,
    ),
    order=0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
    openssl=ec.SECP384R1(),
)
"""FIPS 186-4 D.1.2.4."""
BRAINPOOL_P384R1: Final = Curve(
    name="brainpoolP384r1",
    p=0x8CB91E82A3386D280F5D6F7E50E641DF152F7109ED5456B412B1DA197FB71123ACD3A729901D1A71874700133107EC53,
    a=0x7BC382C63D8C150C3C72080ACE05AFA0C2BEA28E4FB22787139165EFBA91F90F8AA5814A503AD4EB04A8C7DD22CE2826,
    b=0x04A8C7DD22CE28268B39B55416F0447C2FB77DE107DCD2A62E880EA53EEB62D57CB4390295DBC9943AB78696FA504C11,
    base=Point(
        0x1D1C64F068CF45FFA2A63A81B7C13F6B8847A3E77EF14FE3DB7FCAFE0CBD10E8E826E03436D646AAEF87B2E247D4AF1E,
        0x8ABE1D7520F9C2A45CB1EB8E95CFD55262B70B29FEEC5864E19C054FF99129280E4646217791811142820341263C5315,
    ),
    order=0x8CB91E82A3386D280F5D6F7E50E641DF152F7109ED5456B31F166E6CAC0425A7CF3AB6AF6B7FC3103B883202E9046565,
    openssl=ec.BrainpoolP384R1(),
)
"""RFC 5639 clause 3.6."""
BRAINPOOL_P512R1: Final = Curve(
    name="brainpoolP512r1",
    p=0xAADD9DB8DBE9C48B3FD4E6AE33C9FC07CB308DB3B3C9D20ED6639CCA703308717D4D9B009BC66842AECDA12AE6A380E62881FF2F2D82C68528AA6056583A48F3,
    a=0x7830A3318B603B89E2327145AC234CC594CBDD8D3DF91610A83441CAEA9863BC2DED5D5AA8253AA10A2EF1C98B9AC8B57F1117A72BF2C7B9E7C1AC4D77FC94CA,
    b=0x3DF91610A83441CAEA9863BC2DED5D5AA8253AA10A2EF1C98B9AC8B57F1117A72BF2C7B9E7C1AC4D77FC94CADC083E67984050B75EBAE5DD2809BD638016F723,
    base=Point(
        0x81AEE4BDD82ED9645A21322E9C4C6A9385ED9F70B5D916C1B43B62EEF4D0098EFF3B1F78E2D0D48D50D1687B93B97D5F7C6D5047406A5E688B352209BCB9F822,
        0x7DDE385D566332ECC0EABFA9CF7822FDF209F70024A57B1AA000C55B881F8111B2DCDE494A5F485E5BCA4BD88A2763AED1CA2B2FA8F0540678CD1E0F3AD80892,
    ),
    order=0xAADD9DB8DBE9C48B3FD4E6AE33C9FC07CB308DB3B3C9D20ED6639CCA70330870553E5C414CA92619418661197FAC10471DB1D381085DDADDB58796829CA90069,
    openssl=ec.BrainpoolP512R1(),
)
"""RFC 5639 clause 3.7."""
P_521: Final = Curve(
    name="NIST P-521",
    p=0x01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF,
    a=0x01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC,
    b=0x0051953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00,
    base=Point(
        0x00C6858E06B70404E9CD9E3ECB662395B4429C648139053FB521F828AF606B4D3DBAA14B5E77EFE75928FE1DC127A2FFA8DE3348B3C1856A429BF97E7E31C2E5BD66,
        0x011839296A789A3BC0045C8A5FB42C7D1BD998F54449579B446817AFBD17273E662C97EE72995EF42640C550B9013FAD0761353C7086A272C24088BE94769FD16650,
    ),
    order=0x01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFA51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409,
    openssl=ec.SECP521R1(),
)
"""FIPS 186-4 D.1.2.5."""
