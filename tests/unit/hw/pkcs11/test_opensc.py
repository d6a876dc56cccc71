"""The configuration that OpenSC gets."""

from __future__ import annotations

from hw.pkcs11.opensc import configuration


def test_readers_are_passed_over_by_name_and_no_pin_is_kept() -> None:
    text = configuration(["ACS ACR1252 00 00", 'odd " name', "", "line\nbreak"])
    assert 'ignored_readers = "ACS ACR1252 00 00";' in text
    assert "use_pin_caching = false;" in text
    assert "use_file_caching = no;" in text


def test_without_other_readers_nothing_is_passed_over() -> None:
    """An empty text would be a part of every name."""
    assert '""' not in configuration([])
    assert '""' not in configuration([""])
