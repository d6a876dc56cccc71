from __future__ import annotations

from dataclasses import replace

import pytest

from sync.wire import canonical, cose, trust
from sync.wire.trust import HubTrust, TrustTrouble, load, sign
from tests.unit.wire.material import OURS, THEIRS, flipped

ROOT = OURS.root.verifying_key


def listed(version: int = 3) -> HubTrust:
    return HubTrust(
        version,
        1_800_000_000_000,
        (OURS.hub.verifying_key, THEIRS.hub.verifying_key),
        (OURS.unsealing.sealing_key, THEIRS.unsealing.sealing_key),
    )


def test_the_list_comes_back() -> None:
    found = load(sign(listed(), OURS.root), ROOT)
    assert isinstance(found, HubTrust)
    assert (found.version, found.issued) == (3, 1_800_000_000_000)
    assert found.sealing_key.key_id == OURS.unsealing.key_id
    for keys in (OURS, THEIRS):
        key = found.signing_key(keys.hub.key_id)
        assert key is not None
        assert key.key_id == keys.hub.key_id
    assert found.signing_key(bytes(32)) is None


def test_only_the_root_is_believed() -> None:
    assert load(sign(listed(), THEIRS.root), ROOT) == TrustTrouble("trust.foreign")
    assert load(sign(listed(), OURS.hub), ROOT) == TrustTrouble("trust.foreign")


def test_an_older_list_cannot_be_put_back() -> None:
    data = sign(listed(3), OURS.root)
    assert isinstance(load(data, ROOT, at_least=3), HubTrust)
    assert load(data, ROOT, at_least=4) == TrustTrouble("trust.rolled-back")


def test_every_flipped_byte_is_refused() -> None:
    data = sign(listed(), OURS.root)
    for changed in flipped(data):
        assert isinstance(load(changed, ROOT), TrustTrouble)
    assert load(b"", ROOT) == TrustTrouble("trust.malformed")
    assert load(data[:-1], ROOT) == TrustTrouble("trust.malformed")


def test_a_hub_without_keys_is_none() -> None:
    with pytest.raises(ValueError, match="key"):
        sign(HubTrust(1, 0, (), (OURS.unsealing.sealing_key,)), OURS.root)
    with pytest.raises(ValueError, match="key"):
        sign(HubTrust(1, 0, (OURS.hub.verifying_key,), ()), OURS.root)


@pytest.mark.parametrize(
    "plain",
    [
        [],
        [2, 1, 0, [OURS.hub.verifying_key.spki], [OURS.unsealing.sealing_key.to_bytes()]],
        [1, 1, 0, [], [OURS.unsealing.sealing_key.to_bytes()]],
        [1, 1, 0, [OURS.hub.verifying_key.spki], []],
        [1, 1, 0, [b"no key"], [OURS.unsealing.sealing_key.to_bytes()]],
        [1, 1, 0, [OURS.hub.verifying_key.spki], [b"no key"]],
        [1, -1, 0, [OURS.hub.verifying_key.spki], [OURS.unsealing.sealing_key.to_bytes()]],
    ],
)
def test_other_shapes_are_refused_although_signed(plain: object) -> None:
    data = cose.sign(trust.PURPOSE, canonical.encode(plain), OURS.root).data
    assert load(data, ROOT) == TrustTrouble("trust.malformed")


def test_a_key_for_letters_may_lie_apart() -> None:
    assert listed().letter_key.key_id == OURS.unsealing.key_id
    apart = replace(listed(), letters=THEIRS.unsealing.sealing_key)
    data = sign(apart, OURS.root)
    found = load(data, ROOT)
    assert isinstance(found, HubTrust)
    assert found.letter_key.key_id == THEIRS.unsealing.key_id
    assert found.sealing_key.key_id == OURS.unsealing.key_id
    for changed in flipped(data):
        assert isinstance(load(changed, ROOT), TrustTrouble)


@pytest.mark.parametrize(
    "fields", [[], [2, 3, 0, [], []], [1, 3, 0, [], [], b""], [True, 3, 0, [], []]]
)
def test_each_form_has_its_own_number_of_fields(fields: list[object]) -> None:
    data = cose.sign(trust.PURPOSE, canonical.encode(fields), OURS.root).data
    assert load(data, ROOT) == TrustTrouble("trust.malformed")
