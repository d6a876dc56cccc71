"""The hub's list of those whose documents are believed: who may sign it, and what may be in it."""

from __future__ import annotations

import pytest

from sync.wire import canonical, cose, document_trust
from sync.wire.document_trust import DocumentPolicy, DocumentTrust, load, sign
from sync.wire.trust import HubTrust, TrustTrouble
from tests.unit.wire.material import OURS, THEIRS, flipped

HUB = HubTrust(1, 0, (OURS.hub.verifying_key,), (OURS.unsealing.sealing_key,))
LISTED = DocumentTrust(
    version=3,
    issued=1_800_000_000_000,
    listed=1_799_000_000_000,
    country_signers=(b"one", b"two"),
    health_card_issuers=(b"three",),
    operator_issuers=(b"four",),
    revocation_lists=(b"five", b"six"),
    policy=DocumentPolicy(frozenset({bytes(32), bytes([1]) * 32})),
)


def test_the_list_comes_back() -> None:
    assert load(sign(LISTED, OURS.hub), HUB) == LISTED
    empty = DocumentTrust(1, 0)
    assert load(sign(empty, OURS.hub), HUB) == empty


def test_only_a_signing_key_of_the_hub_is_believed() -> None:
    foreign = TrustTrouble("document-trust.foreign")
    assert load(sign(LISTED, THEIRS.hub), HUB) == foreign
    assert load(sign(LISTED, OURS.root), HUB) == foreign
    both = HubTrust(2, 0, (THEIRS.hub.verifying_key, OURS.hub.verifying_key), HUB.sealing)
    assert load(sign(LISTED, OURS.hub), both) == LISTED


def test_an_older_list_cannot_be_put_back() -> None:
    data = sign(LISTED, OURS.hub)
    assert load(data, HUB, at_least=3) == LISTED
    assert load(data, HUB, at_least=4) == TrustTrouble("document-trust.rolled-back")


def test_every_flipped_byte_is_refused() -> None:
    data = sign(LISTED, OURS.hub)
    for changed in flipped(data):
        assert isinstance(load(changed, HUB), TrustTrouble)
    assert load(b"", HUB) == TrustTrouble("document-trust.malformed")
    assert load(data[:-1], HUB) == TrustTrouble("document-trust.malformed")


def test_a_list_that_no_kiosk_would_take_is_not_signed() -> None:
    with pytest.raises(ValueError, match="too large"):
        sign(DocumentTrust(1, 0, country_signers=(bytes(9 * 1024 * 1024),)), OURS.hub)


PLAIN: list[object] = [1, 1, 0, 0, [], [], [], [], []]


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (0, 2),
        (1, -1),
        (2, "0"),
        (3, None),
        (4, b""),
        (4, [1]),
        (5, ["text"]),
        (6, [[]]),
        (7, {}),
        (8, [bytes(31)]),
        (4, [b""] * 4097),
    ],
)
def test_other_shapes_are_refused_although_signed(at: int, value: object) -> None:
    plain = [value if index == at else each for index, each in enumerate(PLAIN)]
    data = cose.sign(document_trust.PURPOSE, canonical.encode(plain), OURS.hub).data
    assert load(data, HUB) == TrustTrouble("document-trust.malformed")


def test_a_signature_for_another_purpose_is_none_for_this() -> None:
    data = cose.sign("application/sportello-trust+cose", canonical.encode(PLAIN), OURS.hub).data
    assert load(data, HUB) == TrustTrouble("document-trust.malformed")
