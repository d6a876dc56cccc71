"""The groups of PACE and Chip Authentication: the standardized ones of ICAO 9303-11 table 12.

Parameters of a chip's own are never used: weak ones would give the password away (clause 9.2.2).

Groups are written additively, as in BSI TR-03111: `multiply` is the power of a DH group.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, Protocol, TypeAlias, TypeVar

from hw.apdu.tlv import Malformed
from hw.cards.emrtd import curves
from hw.cards.emrtd.curves import Curve, RandomBytes, draw_secret

Element = TypeVar("Element")
_MOST_DRAWS: Final = 64


class Group(Protocol[Element]):
    """A cyclic group of prime order with its base element, and what key agreement needs of it."""

    @property
    def name(self) -> str:
        """As its standard has it."""
        ...

    @property
    def p(self) -> int:
        """Prime of the field."""
        ...

    @property
    def base(self) -> Element:
        """The standard generator."""
        ...

    @property
    def order(self) -> int:
        """Order of the generator, a prime."""
        ...

    @property
    def size(self) -> int:
        """Bytes of a shared secret."""
        ...

    @property
    def longest(self) -> int:
        """Most bytes of an encoded element."""
        ...

    def decode(self, data: bytes) -> Element:
        """The element that a chip sent, checked to be in the group and not neutral.

        Raises:
            Malformed: it is anything else.
        """
        ...

    def encode(self, element: Element) -> bytes:
        """An element as it travels (ICAO 9303-11 clause 9.4.5)."""
        ...

    def key_pair(self, base: Element, random: RandomBytes) -> tuple[int, Element]:
        """A new private key and its public key to the generator `base`."""
        ...

    def multiply(self, secret: int, element: Element) -> Element:
        """Secret * element, for a scalar in 1..order-1."""
        ...

    def add(self, one: Element, other: Element) -> Element:
        """The group law.

        Raises:
            Malformed: the result is the neutral element.
        """
        ...

    def shared(self, secret: int, element: Element) -> bytes:
        """The shared secret with the holder of `element`, in full length."""
        ...

    def mapped(self, number: int) -> Element:
        """The element for a field element, for the integrated mapping (clause 4.4.3.3.2).

        Raises:
            Malformed: there is none.
        """
        ...


AnyGroup: TypeAlias = Group[Any]
"""A group whose elements stay within it."""


@dataclass(frozen=True)
class ModularGroup:
    """A subgroup of prime order of the numbers modulo a prime.

    Implements `Group`.

    Attributes:
        name: as its standard has it.
        p: prime of the field.
        base: generator g.
        order: order q of g.
    """

    name: str
    p: int = field(repr=False)
    base: int = field(repr=False)
    order: int = field(repr=False)

    @cached_property
    def size(self) -> int:
        """Bytes of the prime, and of a shared secret (PKCS #3 clause 8.3: in full length)."""
        return (self.p.bit_length() + 7) // 8

    @property
    def longest(self) -> int:
        """Most bytes of an encoded element."""
        return self.size

    def decode(self, data: bytes) -> int:
        """A public value of a chip, with or without leading zeros (RFC 2631 clause 2.1.5).

        Raises:
            Malformed: too long, outside 2..p-2, or not in the subgroup.
        """
        if not 0 < len(data) <= self.size:
            raise Malformed("dh-value-size")
        value = int.from_bytes(data, "big")
        if not 2 <= value <= self.p - 2 or pow(value, self.order, self.p) != 1:
            raise Malformed("dh-value-outside-group")
        return value

    def encode(self, element: int) -> bytes:
        """A value without leading zeros (clause 9.4.1)."""
        return encoded(element)

    def key_pair(self, base: int, random: RandomBytes) -> tuple[int, int]:
        """A new private key and its public key to the generator `base`.

        A public value that begins with a zero byte is drawn again (one in 256): some chips leave
        such bytes out of what they authenticate, others do not.

        Raises:
            RuntimeError: `random` gives nothing that fits, again and again.
        """
        for _ in range(_MOST_DRAWS):
            secret = draw_secret(self.order, random)
            public = pow(base, secret, self.p)
            if public >> 8 * (self.size - 1):
                return secret, public
        raise RuntimeError("the source of randomness does not vary")

    def multiply(self, secret: int, element: int) -> int:
        """The power of an element."""
        return pow(element, secret, self.p)

    def add(self, one: int, other: int) -> int:
        """The product of two elements.

        Raises:
            Malformed: it is 1.
        """
        product = one * other % self.p
        if product == 1:
            raise Malformed("dh-value-neutral")
        return product

    def shared(self, secret: int, element: int) -> bytes:
        """The shared secret, in full length."""
        return pow(element, secret, self.p).to_bytes(self.size, "big")

    def mapped(self, number: int) -> int:
        """The number to the power of the cofactor (ICAO 9303-11 clause 4.4.3.3.2).

        Raises:
            Malformed: the result generates nothing.
        """
        element = pow(number, (self.p - 1) // self.order, self.p)
        if element in {0, 1}:
            raise Malformed("mapping-degenerate")
        return element


def encoded(number: int) -> bytes:
    """An unsigned integer in the fewest bytes (ICAO 9303-11 clause 9.4.1)."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _number(*digits: str) -> int:
    return int("".join(digits), 16)


MODP_1024_160: Final = ModularGroup(
    name="MODP 1024/160",
    p=_number(
        "B10B8F96A080E01DDE92DE5EAE5D54EC52C99FBCFB06A3C69A6A9DCA52D23B616073E28675A23D18"
        "9838EF1E2EE652C013ECB4AEA906112324975C3CD49B83BFACCBDD7D90C4BD7098488E9C219A7372"
        "4EFFD6FAE5644738FAA31A4FF55BCCC0A151AF5F0DC8B4BD45BF37DF365C1A65E68CFDA76D4DA708"
        "DF1FB2BC2E4A4371"
    ),
    base=_number(
        "A4D1CBD5C3FD34126765A442EFB99905F8104DD258AC507FD6406CFF14266D31266FEA1E5C41564B"
        "777E690F5504F213160217B4B01B886A5E91547F9E2749F4D7FBD7D3B9A92EE1909D0D2263F80A76"
        "A6A24C087A091F531DBF0A0169B6A28AD662A4D18E73AFA32D779D5918D08BC8858F4DCEF97C2A24"
        "855E6EEB22B3B2E5"
    ),
    order=_number("F518AA8781A8DF278ABA4E7D64B7CB9D49462353"),
)
"""RFC 5114 clause 2.1."""
MODP_2048_224: Final = ModularGroup(
    name="MODP 2048/224",
    p=_number(
        "AD107E1E9123A9D0D660FAA79559C51FA20D64E5683B9FD1B54B1597B61D0A75E6FA141DF95A56DB"
        "AF9A3C407BA1DF15EB3D688A309C180E1DE6B85A1274A0A66D3F8152AD6AC2129037C9EDEFDA4DF8"
        "D91E8FEF55B7394B7AD5B7D0B6C12207C9F98D11ED34DBF6C6BA0B2C8BBC27BE6A00E0A0B9C49708"
        "B3BF8A317091883681286130BC8985DB1602E714415D9330278273C7DE31EFDC7310F7121FD5A074"
        "15987D9ADC0A486DCDF93ACC44328387315D75E198C641A480CD86A1B9E587E8BE60E69CC928B2B9"
        "C52172E413042E9B23F10B0E16E79763C9B53DCF4BA80A29E3FB73C16B8E75B97EF363E2FFA31F71"
        "CF9DE5384E71B81C0AC4DFFE0C10E64F"
    ),
    base=_number(
        "AC4032EF4F2D9AE39DF30B5C8FFDAC506CDEBE7B89998CAF74866A08CFE4FFE3A6824A4E10B9A6F0"
        "DD921F01A70C4AFAAB739D7700C29F52C57DB17C620A8652BE5E9001A8D66AD7C17669101999024A"
        "F4D027275AC1348BB8A762D0521BC98AE247150422EA1ED409939D54DA7460CDB5F6C6B250717CBE"
        "F180EB34118E98D119529A45D6F834566E3025E316A330EFBB77A86F0C1AB15B051AE3D428C8F8AC"
        "B70A8137150B8EEB10E183EDD19963DDD9E263E4770589EF6AA21E7F5F2FF381B539CCE3409D13CD"
        "566AFBB48D6C019181E1BCFE94B30269EDFE72FE9B6AA4BD7B5A0F1C71CFFF4C19C418E1F6EC0179"
        "81BC087F2A7065B384B890D3191F2BFA"
    ),
    order=_number("801C0D34C58D93FE997177101F80535A4738CEBCBF389A99B36371EB"),
)
"""RFC 5114 clause 2.2."""
MODP_2048_256: Final = ModularGroup(
    name="MODP 2048/256",
    p=_number(
        "87A8E61DB4B6663CFFBBD19C651959998CEEF608660DD0F25D2CEED4435E3B00E00DF8F1D61957D4"
        "FAF7DF4561B2AA3016C3D91134096FAA3BF4296D830E9A7C209E0C6497517ABD5A8A9D306BCF67ED"
        "91F9E6725B4758C022E0B1EF4275BF7B6C5BFC11D45F9088B941F54EB1E59BB8BC39A0BF12307F5C"
        "4FDB70C581B23F76B63ACAE1CAA6B7902D52526735488A0EF13C6D9A51BFA4AB3AD8347796524D8E"
        "F6A167B5A41825D967E144E5140564251CCACB83E6B486F6B3CA3F7971506026C0B857F689962856"
        "DED4010ABD0BE621C3A3960A54E710C375F26375D7014103A4B54330C198AF126116D2276E11715F"
        "693877FAD7EF09CADB094AE91E1A1597"
    ),
    base=_number(
        "3FB32C9B73134D0B2E77506660EDBD484CA7B18F21EF205407F4793A1A0BA12510DBC15077BE463F"
        "FF4FED4AAC0BB555BE3A6C1B0C6B47B1BC3773BF7E8C6F62901228F8C28CBB18A55AE31341000A65"
        "0196F931C77A57F2DDF463E5E9EC144B777DE62AAAB8A8628AC376D282D6ED3864E67982428EBC83"
        "1D14348F6F2F9193B5045AF2767164E1DFC967C1FB3F2E55A4BD1BFFE83B9C80D052B985D182EA0A"
        "DB2A3B7313D3FE14C8484B1E052588B9B7D2BBD2DF016199ECD06E1557CD0915B3353BBB64E0EC37"
        "7FD028370DF92B52C7891428CDC67EB6184B523D1DB246C32F63078490F00EF8D647D148D4795451"
        "5E2327CFEF98C582664B4C0F6CC41659"
    ),
    order=_number("8CF83642A709A097B447997640129DA299B1A47D1EB3750BA308B0FE64F5FBD3"),
)
"""RFC 5114 clause 2.3; the group of the Italian identity card."""

STANDARDIZED: Final[Mapping[int, Curve | ModularGroup]] = MappingProxyType(
    {
        0: MODP_1024_160,
        1: MODP_2048_224,
        2: MODP_2048_256,
        8: curves.P_192,
        9: curves.BRAINPOOL_P192R1,
        10: curves.P_224,
        11: curves.BRAINPOOL_P224R1,
        12: curves.P_256,
        13: curves.BRAINPOOL_P256R1,
        14: curves.BRAINPOOL_P320R1,
        15: curves.P_384,
        16: curves.BRAINPOOL_P384R1,
        17: curves.BRAINPOOL_P512R1,
        18: curves.P_521,
    }
)
"""ICAO 9303-11 table 12 by parameter id; the CIE has 2."""
