from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID

from sync.wire import envelope
from sync.wire.canonical import Malformed
from sync.wire.envelope import Envelope, Position, Unsigned
from sync.wire.operator_key import OperatorKey
from tests.unit.wire.material import OURS, STATION, THEIRS, label, sealed

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())


def certificate(key: Key | ec.EllipticCurvePrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Somebody")])
    day = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(day)
        .not_valid_after(day + dt.timedelta(days=400))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)


@dataclass
class Card:
    """A card of either kind, in memory."""

    key: Key
    refuses: str = ""
    asked: int = 0

    @property
    def certificate(self) -> bytes:
        return certificate(self.key)

    def __post_init__(self) -> None:
        self.public = OperatorKey(self.certificate)

    @property
    def thumbprint(self) -> bytes:
        return self.public.thumbprint

    def sign(self, message: bytes) -> bytes | Unsigned:
        self.asked += 1
        if self.refuses:
            return Unsigned(self.refuses)
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        r, s = decode_dss_signature(self.key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)


def signed(card: Card, body: object) -> Envelope | Unsigned:
    return envelope.compose_signed(
        Position(STATION, 1, envelope.genesis(STATION)),
        label(1, kind="booking"),
        body,
        signer=OURS.station,
        sealing_key=OURS.unsealing.sealing_key,
        operator=card,
    )


@pytest.mark.parametrize("key", [RSA, EC])
def test_the_hub_can_tell_that_the_operators_card_signed_header_and_body(key: Key) -> None:
    card = Card(key)
    made = signed(card, {"kind": "revoca"})
    assert isinstance(made, Envelope)
    read = envelope.parse(made.data)
    assert read.header.operator is not None
    assert read.header.operator.thumbprint == card.thumbprint
    assert envelope.verify(read, OURS.station.verifying_key)
    assert envelope.open_body(read, OURS.unsealing) == {"kind": "revoca"}
    assert envelope.is_signed_by(read, card.public, OURS.unsealing)


def test_another_operators_key_did_not_sign_it() -> None:
    card = Card(RSA)
    made = signed(card, {})
    assert isinstance(made, Envelope)
    assert not envelope.is_signed_by(made, Card(EC).public, OURS.unsealing)
    assert not envelope.is_signed_by(made, card.public, THEIRS.unsealing)
    assert not envelope.is_signed_by(sealed(), card.public, OURS.unsealing)


@pytest.mark.parametrize(
    "change", [{"seq": 2}, {"kind": "record_edit"}, {"station": "kiosk-0002"}, {"body_size": 18}]
)
def test_a_signature_is_of_one_header_alone(change: dict[str, object]) -> None:
    card = Card(RSA)
    made = signed(card, {})
    assert isinstance(made, Envelope)
    assert made.header.operator is not None
    plain = bytes(16) + b"\xa0"
    other = replace(made.header, **change)  # type: ignore[arg-type]
    message = envelope.operator_message(other, card.thumbprint, plain)
    assert not card.public.verify(message, made.header.operator.signature)


def test_equal_bodies_are_signed_with_different_hashes() -> None:
    card = Card(RSA)
    first, second = signed(card, {}), signed(card, {})
    assert isinstance(first, Envelope)
    assert isinstance(second, Envelope)
    assert first.header.operator != second.header.operator


def test_a_card_that_does_not_sign_leaves_nothing() -> None:
    assert signed(Card(RSA, refuses="token.removed"), {}) == Unsigned("token.removed")


def test_a_label_that_nobody_would_take_is_not_shown_to_the_card() -> None:
    card = Card(RSA)
    with pytest.raises(ValueError, match="out of range"):
        envelope.compose_signed(
            Position(STATION, 0, bytes(32)),
            label(1),
            {},
            signer=OURS.station,
            sealing_key=OURS.unsealing.sealing_key,
            operator=card,
        )
    assert card.asked == 0


def test_a_key_of_another_kind_is_refused() -> None:
    with pytest.raises(Malformed):
        OperatorKey(certificate(ec.generate_private_key(ec.SECP384R1())))
    with pytest.raises(Malformed):
        OperatorKey(b"no certificate")
