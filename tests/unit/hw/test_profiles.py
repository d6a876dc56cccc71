"""Profiles of cards and readers, and the report on a card that has none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.apdu.chain import SHORT, card_link
from hw.cards.profiles import (
    APPLICATIONS,
    CARDS,
    READERS,
    card_profile,
    reader_profile,
    unknown_card_report,
)
from tests.emulated.cards.direct import DirectChannel
from tests.emulated.cards.identity_documents import NIS, bac_only, cie, ecdh_card
from tests.emulated.cards.ts_cns import ts_cns
from tests.unit.hw.apdu.script import Script

CIE_CARD_ACCESS = bytes.fromhex("31143012060A04007F00070202040101020102020102")


def test_every_line_has_a_source_and_names_what_exists() -> None:
    assert all(card.source for card in CARDS)
    assert all(reader.source for reader in READERS)
    for card in CARDS:
        assert card.applications <= APPLICATIONS.keys()
        assert card.wrong_key_seconds >= 0
    for limits in (*(card.limits for card in CARDS), *(reader.limits for reader in READERS)):
        assert limits is None or limits.meet(SHORT) == SHORT
    assert len({card.name for card in CARDS}) == len(CARDS)


def test_no_line_hides_behind_an_earlier_one() -> None:
    for card in CARDS:
        content = card.card_access[0] if card.card_access else b""
        assert card_profile(content, card.applications) is card


@pytest.mark.parametrize(
    ("card_access", "applications", "name"),
    [
        (CIE_CARD_ACCESS, frozenset({"eMRTD"}), "CIE 3.0"),
        (CIE_CARD_ACCESS, frozenset(), "CIE 3.0"),
        (b"\x31\x00", frozenset({"eMRTD", "IAS"}), "CIE, newer"),
        (None, frozenset({"eMRTD"}), "travel document"),
        (None, frozenset(), "unknown"),
        (b"\x31\x00", frozenset({"payment"}), "unknown"),
    ],
)
def test_cards_are_known_by_what_they_answer(
    card_access: bytes | None, applications: frozenset[str], name: str
) -> None:
    assert card_profile(card_access, applications).name == name


def test_readers_are_known_by_their_name() -> None:
    assert reader_profile("ACS ACR122U PICC Interface 00 00").limits == SHORT
    assert reader_profile("acs acr1281 1S Dual Reader 00 01").limits == SHORT
    assert reader_profile("Reader of another make 00 00").limits is None


def test_a_report_on_an_identity_card_tells_its_kind_and_nothing_else() -> None:
    report = dict(unknown_card_report(card_link(DirectChannel(cie()), SHORT)))
    assert report["application eMRTD"] == "OK 9000"
    assert report["application IAS"] == "OK 9000"
    assert report["application payment"] == "FILE_NOT_FOUND 6A82"
    assert report["EF.CardAccess"] == "0.4.0.127.0.7.2.2.4.1.1"
    assert "7F66=" in report["EF.ATR/INFO"]
    assert len(report) <= 20
    text = repr(report)
    for personal in (NIS.decode(), "ROSSI", "RSSMRA", NIS.hex()):
        assert personal not in text


def test_reports_on_other_cards() -> None:
    passport = dict(unknown_card_report(card_link(DirectChannel(bac_only()), SHORT)))
    assert passport["application eMRTD"] == "OK 9000"
    assert "0.4.0" not in passport["EF.CardAccess"]
    card = dict(unknown_card_report(card_link(DirectChannel(ecdh_card()), SHORT)))
    assert "0.4.0.127.0.7.2.2.4.2.2" in card["EF.CardAccess"]
    health = dict(unknown_card_report(card_link(DirectChannel(ts_cns()), SHORT)))
    assert health["file health card data"] == "OK 9000"
    assert "MARIO" not in repr(health)


@pytest.mark.parametrize("at", range(0, 20, 3))
def test_a_card_pulled_meanwhile_ends_the_report(at: int) -> None:
    report = unknown_card_report(card_link(DirectChannel(cie(), pulled_at=at), SHORT))
    assert report[-1] == ("ended", "card.removed")


def test_serials_in_the_info_file_stay_out() -> None:
    answers = ["6A82"] * len(APPLICATIONS) + ["6A82"] * 5
    answers += ["9000", "9000", "31009000"]
    answers += ["9000", "9000", "80" + "4301B8" + "4608AABBCCDDEEFF0011" + "FFFF" + "9000"]
    report = dict(unknown_card_report(card_link(Script(answers))))
    assert report["EF.CardAccess"] == "none"
    assert report["EF.ATR/INFO"] == "43=B8 46=(8)"


@pytest.mark.parametrize(
    ("card_access", "told"),
    [
        ("3181", "tlv-cut-off"),
        ("310430020605", "tlv-cut-off"),
        ("31053003060180", "?"),
        ("3106300406022A03", "1.2.3"),
        ("3106300406028837", "2.999"),
        ("310404020500", "none"),
    ],
)
def test_identifiers_are_told_in_dots(card_access: str, told: str) -> None:
    answers = ["6A82"] * len(APPLICATIONS) + ["6A82"] * 5
    answers += ["9000", "9000", card_access + "9000", "9000", "9000", "43019000"]
    report = dict(unknown_card_report(card_link(Script(answers))))
    assert report["EF.CardAccess"] == told
    assert report["EF.ATR/INFO"] == "tlv-cut-off"


@given(st.lists(st.binary(max_size=260), min_size=1, max_size=40))
def test_no_bytes_of_a_card_raise_or_swell_the_report(answers: list[bytes]) -> None:
    script = Script([answer.hex() for answer in answers] + ["6A82"] * 700)
    report = unknown_card_report(card_link(script))
    assert len(report) <= 20
    assert all(len(name) < 50 and len(value) <= 1000 for name, value in report)
