from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from sync.wire import canonical, cose, trust
from sync.wire.signer import SoftwareSigner
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


def succeeded(*roots: SoftwareSigner) -> tuple[bytes, ...]:
    return tuple(
        trust.name_successor(before, after.verifying_key) for before, after in pairwise(roots)
    )


def test_a_root_names_the_next_and_a_station_finds_its_way_to_the_last() -> None:
    second, third = SoftwareSigner.generate(), SoftwareSigner.generate()
    made = replace(listed(), succession=succeeded(OURS.root, second, third))
    data = sign(made, third)
    for known in (OURS.root, second, third):
        found = load(data, known.verifying_key)
        assert isinstance(found, HubTrust)
        assert found.root is not None
        assert found.root.key_id == third.key_id
        assert found.letter_key.key_id == made.sealing_key.key_id


def test_a_root_that_was_succeeded_signs_for_nobody_who_knows_the_next() -> None:
    second = SoftwareSigner.generate()
    made = replace(listed(99), succession=succeeded(OURS.root, second))
    assert load(sign(made, OURS.root), second.verifying_key) == TrustTrouble("trust.foreign")
    assert load(sign(listed(99), OURS.root), second.verifying_key) == TrustTrouble("trust.foreign")


def test_nobody_but_a_root_names_a_successor() -> None:
    stranger, second = SoftwareSigner.generate(), SoftwareSigner.generate()
    forged = replace(listed(), succession=succeeded(stranger, second))
    assert load(sign(forged, second), ROOT) == TrustTrouble("trust.foreign")
    other = trust.name_successor(OURS.root, second.verifying_key)
    for changed in flipped(other):
        data = sign(replace(listed(), succession=(changed,)), second)
        assert isinstance(load(data, ROOT), TrustTrouble)
    # A list is no statement about a root, and a statement no list.
    data = sign(replace(listed(), succession=(sign(listed(), OURS.root),)), second)
    assert isinstance(load(data, ROOT), TrustTrouble)
    assert load(other, ROOT) == TrustTrouble("trust.malformed")


def test_roots_in_a_row_have_an_end() -> None:
    roots = [SoftwareSigner.generate() for _ in range(trust.MOST_SUCCESSIONS + 2)]
    made = replace(listed(), succession=succeeded(*roots))
    with pytest.raises(ValueError, match="too many roots"):
        sign(made, roots[-1])
    enough = replace(made, succession=made.succession[:-1])
    assert isinstance(load(sign(enough, roots[-2]), roots[0].verifying_key), HubTrust)


def test_the_auditor_is_named_with_or_without_the_rest() -> None:
    auditor = THEIRS.unsealing.sealing_key
    second = SoftwareSigner.generate()
    for made, root in (
        (replace(listed(), auditor=auditor), OURS.root),
        (replace(listed(), auditor=auditor, letters=OURS.unsealing.sealing_key), OURS.root),
        (replace(listed(), auditor=auditor, succession=succeeded(OURS.root, second)), second),
    ):
        found = load(sign(made, root), ROOT)
        assert isinstance(found, HubTrust)
        assert found.auditor is not None
        assert found.auditor.key_id == auditor.key_id
        assert (found.letters is None) == (made.letters is None)
