"""The key of the day: from the hub's word to midnight, and not a second longer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key
from cryptography.x509.oid import NameOID

from kiosk.runtime import daily
from sync.edge.inquiries import Trouble
from sync.model.console_views import DayPass, DaySignIn
from sync.model.inquiry import Denied, Done
from sync.wire.envelope import Unsigned
from sync.wire.operator_key import OperatorKey

CODE = "RSSMRA80A01H501U"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Clocks:
    def __init__(self) -> None:
        self.wall = 1_000_000
        self.seconds = 50.0


class Hub:
    """Answers as the hub would."""

    def __init__(self, clocks: Clocks, refuses: object = None) -> None:
        self.clocks = clocks
        self.refuses = refuses
        self.asked: list[DaySignIn] = []

    def ask(self, asked: DaySignIn, **_: object) -> object:
        self.asked.append(asked)
        if self.refuses is not None:
            return self.refuses
        key = load_der_public_key(asked.key)
        assert isinstance(key, ec.EllipticCurvePublicKey)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "day")])
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key)
            .serial_number(7)
            .not_valid_before(NOW)
            .not_valid_after(NOW + timedelta(days=1))
            .sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
        )
        der = made.public_bytes(Encoding.DER)
        return DayPass(der, "Mario Rossi", self.clocks.wall + 60_000, 60)


def opened(clocks: Clocks, hub: Any) -> daily.DayOpened | daily.DayRefused:
    return daily.sign_in(
        hub,
        CODE.lower(),
        bytearray(b"ABCDEFGHJKLM"),
        wall_ms=lambda: clocks.wall,
        clock=lambda: clocks.seconds,
    )


@pytest.mark.rule("R-004-34")
def test_the_key_of_the_day_signs_what_the_hub_can_check() -> None:
    clocks = Clocks()
    hub = Hub(clocks)
    found = opened(clocks, hub)
    assert isinstance(found, daily.DayOpened)
    assert hub.asked[0].codice_fiscale == CODE
    signature = found.signer.sign(b"header")
    assert isinstance(signature, bytes)
    assert len(signature) == 64
    spki = load_der_public_key(hub.asked[0].key)
    assert isinstance(spki, ec.EllipticCurvePublicKey)
    assert OperatorKey.from_spki(hub.asked[0].key, found.signer.thumbprint).verify(
        b"header", signature
    )


@pytest.mark.rule("R-004-34")
@pytest.mark.parametrize(("wall_ms", "seconds"), [(60_000, 0), (-86_400_000, 60), (60_000, 60)])
def test_it_ends_by_whichever_clock_comes_first(wall_ms: int, seconds: int) -> None:
    clocks = Clocks()
    found = opened(clocks, Hub(clocks))
    assert isinstance(found, daily.DayOpened)
    clocks.wall += wall_ms
    clocks.seconds += seconds
    assert found.signer.seconds_left == 0
    assert found.signer.sign(b"header") == Unsigned("operator.midnight")


def test_who_signs_out_signs_no_more() -> None:
    clocks = Clocks()
    found = opened(clocks, Hub(clocks))
    assert isinstance(found, daily.DayOpened)
    found.signer.forget()
    assert found.signer.sign(b"header") == Unsigned("operator.midnight")


@pytest.mark.parametrize(
    ("reply", "refused"),
    [
        (Denied("daily.wrong", wait_seconds=30), daily.DayRefused("daily.wrong", 30, tried=True)),
        (Denied("daily.wait", wait_seconds=3600), daily.DayRefused("daily.wait", 3600)),
        (Denied("home.busy", wait_seconds=5), daily.DayRefused("home.busy", 5)),
        (Denied("inquiry.too-many", wait_seconds=9), daily.DayRefused("inquiry.too-many", 9)),
        (Denied("console.not-here"), daily.DayRefused("console.not-here")),
        (Trouble("inquiry.offline"), daily.DayRefused("inquiry.offline")),
        (Done(), daily.DayRefused("inquiry.malformed")),
    ],
)
def test_who_is_not_let_in_is_told_why(reply: object, refused: daily.DayRefused) -> None:
    clocks = Clocks()
    assert opened(clocks, Hub(clocks, reply)) == refused


def test_what_is_no_codice_fiscale_is_not_asked() -> None:
    clocks = Clocks()
    hub = Hub(clocks)
    found = daily.sign_in(hub, "nobody", bytearray(b"x"), wall_ms=lambda: 0)  # type: ignore[arg-type]  # stands for the inquiries
    assert found == daily.DayRefused("daily.wrong")
    assert not hub.asked
