"""Who may say that a station is blocked, and what brings it back."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.edge.standing import FILE_NAME, StandingBook, StationStanding, standing_of

STATION = "058091-PC-0001"


@pytest.fixture
def book(tmp_path: Path) -> StandingBook:
    return StandingBook(tmp_path / "store", STATION)


@pytest.mark.rule("R-004-15")
def test_a_station_that_nothing_was_said_of_works(book: StandingBook) -> None:
    assert book.current() is StationStanding.GOOD


@pytest.mark.rule("R-004-15")
@pytest.mark.rule("R-004-16")
def test_blocked_stays_blocked_across_a_restart_and_comes_back_when_the_hub_says_so(
    tmp_path: Path, book: StandingBook
) -> None:
    assert book.hear(StationStanding.BLOCKED, 100)
    again = StandingBook(tmp_path / "store", STATION)
    assert again.current() is StationStanding.BLOCKED
    assert again.hear(StationStanding.GOOD, 101)
    assert book.current() is StationStanding.GOOD  # the other process sees it
    assert StandingBook(tmp_path / "store", STATION).current() is StationStanding.GOOD


def test_an_older_word_changes_nothing(book: StandingBook) -> None:
    book.hear(StationStanding.BLOCKED, 100)
    assert not book.hear(StationStanding.GOOD, 99)
    assert book.current() is StationStanding.BLOCKED
    book.hear(StationStanding.GOOD, 200)
    assert not book.hear(StationStanding.BLOCKED, 150)
    assert book.current() is StationStanding.GOOD


@pytest.mark.rule("R-004-15")
def test_nothing_brings_a_revoked_station_back(book: StandingBook) -> None:
    book.hear(StationStanding.REVOKED, 100)
    assert not book.hear(StationStanding.GOOD, 200)
    assert not book.turned_away()
    assert book.current() is StationStanding.REVOKED


def test_a_broker_that_turns_the_certificate_away_closes_until_the_hub_speaks(
    book: StandingBook,
) -> None:
    assert book.turned_away()
    assert not book.turned_away()
    assert book.current() is StationStanding.REFUSED
    assert book.hear(StationStanding.BLOCKED, 100)
    assert not book.turned_away()
    assert book.current() is StationStanding.BLOCKED


def test_what_is_only_read_again_makes_nothing_better(book: StandingBook) -> None:
    book.hear(StationStanding.GOOD, 100)
    book.turned_away()
    assert not book.hear(StationStanding.GOOD, 200, is_news=False)
    assert book.current() is StationStanding.REFUSED
    assert book.hear(StationStanding.BLOCKED, 200, is_news=False)
    assert book.hear(StationStanding.GOOD, 300)


def test_what_was_kept_for_another_station_does_not_count(tmp_path: Path) -> None:
    StandingBook(tmp_path, STATION).hear(StationStanding.REVOKED, 1)
    assert StandingBook(tmp_path, "058091-PC-0002").current() is StationStanding.GOOD


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"station":"058091-PC-0001"}', b"[" * 3000, b"\xff"]
)
def test_a_damaged_file_says_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    book = StandingBook(tmp_path, STATION)
    assert book.current() is StationStanding.GOOD
    assert book.hear(StationStanding.BLOCKED, 1)


def test_a_good_station_is_not_written_down_at_every_answer(
    tmp_path: Path, book: StandingBook
) -> None:
    assert not book.hear(StationStanding.GOOD, 5)
    assert not (tmp_path / "store" / FILE_NAME).exists()


@pytest.mark.parametrize(
    ("trouble", "standing"),
    [
        (None, StationStanding.GOOD),
        ("batch.gap", StationStanding.GOOD),
        ("station.blocked", StationStanding.BLOCKED),
        ("station.revoked", StationStanding.REVOKED),
    ],
)
def test_what_a_trouble_says(trouble: str | None, standing: StationStanding) -> None:
    assert standing_of(trouble) is standing
    assert standing.code == (
        "" if standing is StationStanding.GOOD else f"standing.{standing.value}"
    )
