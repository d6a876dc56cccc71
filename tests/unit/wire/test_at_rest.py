from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.wire import at_rest
from tests.unit.wire.material import flipped

KEY = bytes(range(32))
PLAIN = b"RSSMRA80A01L219M"


@given(st.binary(max_size=300), st.binary(max_size=40))
def test_what_was_sealed_is_read(plain: bytes, about: bytes) -> None:
    sealed = at_rest.seal(plain, KEY, about)
    assert at_rest.is_sealed(sealed)
    assert len(sealed) == len(plain) + at_rest.OVERHEAD_BYTES
    assert at_rest.unseal(sealed, KEY, about) == plain


def test_another_key_place_or_byte_opens_nothing() -> None:
    sealed = at_rest.seal(PLAIN, KEY, b"7")
    assert at_rest.unseal(sealed, bytes(32), b"7") is None
    assert at_rest.unseal(sealed, KEY, b"8") is None
    assert all(at_rest.unseal(changed, KEY, b"7") is None for changed in flipped(sealed))
    assert all(at_rest.unseal(sealed[:size], KEY, b"7") is None for size in range(len(sealed)))


def test_each_purpose_has_its_own_key() -> None:
    keys = {at_rest.subkey(KEY, purpose) for purpose in ("journal", "roster", "tls key", "")}
    assert len(keys) == 4
    assert KEY not in keys
    assert at_rest.subkey(KEY, "journal") == at_rest.subkey(KEY, "journal")
    with pytest.raises(ValueError, match="32 bytes"):
        at_rest.subkey(b"short", "journal")


def test_the_derivation_never_changes() -> None:
    """What lies on disks today must open tomorrow."""
    assert at_rest.subkey(KEY, "journal").hex() == (
        "6eb00c4d9c3f3cc17e7511d135b5be329a232ca67eb2319920e7732bcf9bfe36"
    )
    sealed = at_rest.seal(PLAIN, KEY, b"7", bytes)
    assert at_rest.unseal(sealed, KEY, b"7") == PLAIN
    assert sealed.hex().startswith("93535631" + 24 * "0")
