"""Curve arithmetic: two ways of computing held against each other, and OpenSSL against both."""

from __future__ import annotations

import secrets
import subprocess

import pytest

from hw.apdu.tlv import Malformed, read
from hw.cards.emrtd import curves
from hw.cards.emrtd.curves import Curve, Point, draw_secret
from hw.cards.emrtd.domain_parameters import curve_of
from tests.unit.hw.emrtd.scripted import drawn

CURVES = [value for value in vars(curves).values() if isinstance(value, Curve)]
OPENSSL_NAMES = {
    "NIST P-192": "prime192v1",
    "NIST P-224": "secp224r1",
    "NIST P-256": "prime256v1",
    "NIST P-384": "secp384r1",
    "NIST P-521": "secp521r1",
}
every_curve = pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)


@every_curve
@pytest.mark.parametrize("form", ["uncompressed", "compressed"])
def test_parameters_are_those_that_openssl_has(curve: Curve, form: str) -> None:
    name = OPENSSL_NAMES.get(curve.name, curve.name)
    told = subprocess.run(
        ["openssl", "ecparam", "-name", name, "-param_enc", "explicit",
         "-conv_form", form, "-outform", "DER"],
        capture_output=True, check=True, timeout=20,
    ).stdout  # fmt: skip
    assert curve_of(read(told)[0]) is curve


@every_curve
def test_both_ways_of_multiplying_agree(curve: Curve) -> None:
    one, point = curve.key_pair(curve.base, secrets.token_bytes)
    other = draw_secret(curve.order, secrets.token_bytes)
    product = curve.multiply(other, point)
    assert curve.holds(product)
    assert product == curve.multiply_by_window(other, point)
    assert product == curve.multiply_by_window(one * other % curve.order, curve.base)
    assert curve.shared(other, point) == product.x.to_bytes(curve.size, "big")
    assert curve.shared(one, curve.multiply(other, curve.base)) == curve.shared(other, point)


@every_curve
def test_multiples_at_the_edges(curve: Curve) -> None:
    _, point = curve.key_pair(curve.base, secrets.token_bytes)
    negative = Point(point.x, curve.p - point.y)
    double = curve.add(point, point)
    for multiply in (curve.multiply, curve.multiply_by_window):
        assert multiply(1, point) == point
        assert multiply(2, point) == double
        assert multiply(3, point) == curve.add(double, point)
        assert multiply(curve.order - 1, point) == negative
        assert multiply(curve.order - 2, point) == Point(double.x, curve.p - double.y)
        assert multiply(2, curve.base) == curve.add(curve.base, curve.base)
    for scalar in (0, -1, curve.order):
        with pytest.raises(ValueError, match="scalar"):
            curve.multiply(scalar, point)


@every_curve
def test_sum_of_a_point_and_its_negative_is_refused(curve: Curve) -> None:
    with pytest.raises(Malformed, match="point-at-infinity"):
        curve.add(curve.base, Point(curve.base.x, curve.p - curve.base.y))


@every_curve
def test_points_are_read_back_and_nothing_else_is(curve: Curve) -> None:
    encoded = curve.encode(curve.base)
    assert curve.decode(encoded) == curve.base
    assert len(encoded) == curve.longest
    beyond = curve.base.x + curve.p
    bad = [
        (b"", "point-form"),
        (b"\x00", "point-form"),
        (encoded[:-1], "point-form"),
        (encoded + b"\x00", "point-form"),
        (b"\x05" + encoded[1:], "point-form"),
        (b"\x04" + bytes(2 * curve.size), "point-off-curve"),
        (encoded[:-1] + bytes((encoded[-1] ^ 1,)), "point-off-curve"),
    ]
    if beyond < 1 << 8 * curve.size:
        unreduced = b"\x04" + beyond.to_bytes(curve.size, "big") + encoded[1 + curve.size :]
        bad.append((unreduced, "point-off-curve"))
    for data, reason in bad:
        with pytest.raises(Malformed, match=reason):
            curve.decode(data)


@every_curve
def test_every_number_has_a_point_but_on_p_224(curve: Curve) -> None:
    for number in (2, 3, 5, curve.p - 2, secrets.randbits(600)):
        if curve is curves.P_224:
            with pytest.raises(Malformed, match="without-integrated"):
                curve.mapped(number)
        else:
            assert curve.holds(curve.mapped(number))
    if curve is not curves.P_224:
        for degenerate in (0, 1, curve.p - 1, curve.p):
            with pytest.raises(Malformed, match="mapping-degenerate"):
                curve.mapped(degenerate)


def test_secrets_are_drawn_within_the_order() -> None:
    curve = curves.BRAINPOOL_P256R1
    unfit = [bytes(32), curve.order.to_bytes(32), (curve.order - 1).to_bytes(32), b"\xff" * 32]
    assert draw_secret(curve.order, drawn(*unfit, (7).to_bytes(32))) == 7
    # P-521 takes 66 bytes, of whose first only one bit counts.
    assert draw_secret(curves.P_521.order, drawn(b"\xfe" + bytes(64) + b"\x05")) == 5


def test_randomness_that_does_not_vary_is_a_bug() -> None:
    with pytest.raises(RuntimeError):
        draw_secret(curves.P_256.order, bytes)
