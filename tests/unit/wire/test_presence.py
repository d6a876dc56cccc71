from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.wire import canonical, presence
from sync.wire.canonical import Malformed
from sync.wire.presence import Presence


@given(st.booleans(), st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1))
def test_it_comes_back(online: bool, since: int, head: int) -> None:  # noqa: FBT001 - generated
    made = Presence(online, since, head)
    assert presence.decode(presence.encode(made)) == made


@pytest.mark.parametrize(
    "plain", [[], [2, True, 0, 0], [1, 1, 0, 0], [1, True, -1, 0], [1, True, 0], "on", bytes(300)]
)
def test_other_shapes_are_refused(plain: object) -> None:
    with pytest.raises(Malformed):
        presence.decode(canonical.encode(plain))
