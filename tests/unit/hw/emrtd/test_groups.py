"""The DH groups: their parameters, what is taken for an element, and keys without leading zeros."""

from __future__ import annotations

import base64
import secrets
import subprocess

import pytest

from hw.apdu.tlv import Malformed, only, read_all
from hw.cards.emrtd.groups import STANDARDIZED, ModularGroup
from tests.unit.hw.emrtd.scripted import drawn


def modular(number: int) -> ModularGroup:
    group = STANDARDIZED[number]
    assert isinstance(group, ModularGroup)
    return group


every_group = pytest.mark.parametrize("number", [0, 1, 2])


@every_group
def test_parameters_are_those_that_openssl_has(number: int) -> None:
    group = modular(number)
    told = subprocess.run(
        ["openssl", "genpkey", "-genparam", "-algorithm", "DHX",
         "-pkeyopt", f"dh_rfc5114:{number + 1}"],
        capture_output=True, check=True, timeout=20, text=True,
    ).stdout  # fmt: skip
    body = "".join(line for line in told.splitlines() if not line.startswith("-"))
    numbers = [
        int.from_bytes(element.value, "big")
        for element in read_all(only(base64.b64decode(body), 0x30))
    ]
    assert numbers == [group.p, group.base, group.order]


@every_group
def test_generator_has_the_order(number: int) -> None:
    group = modular(number)
    assert pow(group.base, group.order, group.p) == 1
    assert (group.p - 1) % group.order == 0


@every_group
def test_agreement(number: int) -> None:
    group = modular(number)
    one, public = group.key_pair(group.base, secrets.token_bytes)
    other, theirs = group.key_pair(group.base, secrets.token_bytes)
    assert group.shared(one, theirs) == group.shared(other, public)
    assert len(group.shared(one, theirs)) == group.size == group.longest
    assert group.decode(group.encode(public)) == public
    assert group.decode(public.to_bytes(group.size, "big")) == public
    assert group.multiply(one, group.base) == public
    product = group.add(public, theirs)
    assert product == group.multiply((one + other) % group.order, group.base)


@every_group
def test_what_is_no_element_is_refused(number: int) -> None:
    group = modular(number)
    size = group.size
    outside = next(x for x in range(2, 100) if pow(x, group.order, group.p) != 1)
    for value in (0, 1, group.p - 1, group.p, group.p + group.base, outside):
        if value < 1 << 8 * size:
            with pytest.raises(Malformed, match="dh-value-outside-group"):
                group.decode(value.to_bytes(size, "big"))
    for data in (b"", b"\x00" + group.base.to_bytes(size, "big"), bytes(100_000)):
        with pytest.raises(Malformed, match="dh-value-size"):
            group.decode(data)


def test_inverse_elements_do_not_add_up() -> None:
    group = modular(2)
    with pytest.raises(Malformed, match="dh-value-neutral"):
        group.add(group.base, pow(group.base, -1, group.p))


def test_public_values_fill_the_size() -> None:
    group = modular(0)
    # One private key in about 256 has a public value with a leading zero byte.
    short = next(
        secret
        for secret in range(3, 100_000)
        if not pow(group.base, secret, group.p) >> 8 * (group.size - 1)
    )
    random = drawn(short.to_bytes(20, "big"), (3).to_bytes(20, "big"))
    secret, public = group.key_pair(group.base, random)
    assert secret == 3
    assert len(group.encode(public)) == group.size


def test_randomness_that_does_not_vary_is_a_bug() -> None:
    group = modular(0)
    neutral = pow(group.base, group.order, group.p)
    with pytest.raises(RuntimeError):
        group.key_pair(neutral, lambda size: (3).to_bytes(size, "big"))


@every_group
def test_field_elements_map_into_the_subgroup(number: int) -> None:
    group = modular(number)
    element = group.mapped(secrets.randbits(8 * group.size + 64))
    assert pow(element, group.order, group.p) == 1
    for degenerate in (0, 1, group.p):
        with pytest.raises(Malformed, match="mapping-degenerate"):
            group.mapped(degenerate)
