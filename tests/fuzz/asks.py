"""What is asked of a hub and told by it, rosters, cases on paper, and what people type of codes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from typing import Any, Final

from sync.model import codes, passwords
from sync.model.errors import Problem
from sync.model.inquiry import Changes
from sync.model.inquiry_plain import (
    inquiry_from_plain,
    inquiry_to_plain,
    reply_from_plain,
    reply_to_plain,
)
from sync.model.rosters import Roster
from sync.wire import (
    base45,
    canonical,
    case,
    cose,
    inquiry,
    list_versions,
    roster,
    sealing,
    station_list,
)
from sync.wire.canonical import Malformed
from sync.wire.case import Case, read_case
from sync.wire.inquiry import Asked, InquiryTrouble, Question, ask, open_answer, open_question
from sync.wire.list_versions import ListVersions
from sync.wire.station_list import StationList
from sync.wire.trust import HubTrust
from tests.unit.model.counter_examples import NOON
from tests.unit.model.test_inquiry_plain import INQUIRIES, REPLIES
from tests.unit.wire.material import OURS, STATION
from tests.unit.wire.test_case import KEY, WHOLE
from tests.unit.wire.test_roster import HUB, ROSTER
from tests.unit.wire.test_station_list import STATIONS, VERSIONS

_TRUST: Final = HubTrust(1, 0, (OURS.hub.verifying_key,), (OURS.unsealing.sealing_key,))
_HASH: Final = bytes(32)


@cache
def _asked() -> Asked:
    made = ask(INQUIRIES[0], STATION, None, OURS.station, OURS.unsealing.sealing_key, asked_at=NOON)
    return Asked(made.data, made.id, OURS.unsealing)


def _sealed(purpose: str, header: object, body: bytes, *, by_hub: bool) -> bytes:
    """As a station or hub would send it that makes what it must not."""
    return cose.sign(
        purpose,
        lambda protected: sealing.seal(body, OURS.unsealing.sealing_key, inquiry._info(protected)),
        OURS.hub if by_hub else OURS.station,
        extra={inquiry._HEADER: header},
    ).data


def questions(data: bytes) -> None:
    """Bytes as they come (first byte even), or what a station seals (odd)."""
    which, rest = (data[0], data[1:]) if data else (0, b"")
    if which % 2:
        header = [inquiry.FORMAT, STATION, bytes(16), NOON, _HASH]
        rest = _sealed(inquiry.QUESTION_PURPOSE, header, rest, by_hub=False)
    inquiry.look(rest)
    found = open_question(rest, lambda _: OURS.station.verifying_key, OURS.unsealing)
    if isinstance(found, Question):
        kind, plain = inquiry_to_plain(found.inquiry)
        _again(inquiry_from_plain, kind, plain, found.inquiry)
        _ = repr(found)


def questions_seeds() -> Iterable[bytes]:
    yield b"\0" + _asked().data
    key = OURS.unsealing.sealing_key.to_bytes()
    for what in INQUIRIES:
        yield b"\1" + canonical.encode([*inquiry_to_plain(what), _HASH, key])


def replies(data: bytes) -> None:
    """Bytes as they come (first byte even), or what a hub seals (odd)."""
    which, rest = (data[0], data[1:]) if data else (0, b"")
    asked = _asked()
    if which % 2:
        header = [inquiry.FORMAT, asked.id, asked.hash, NOON]
        rest = _sealed(inquiry.REPLY_PURPOSE, header, rest, by_hub=True)
    inquiry.id_of_reply(rest)
    found = open_answer(rest, asked, _TRUST)
    if isinstance(found, Changes):
        found = replace(found, unreadable=0)  # entries that are left out are not written again
    if not isinstance(found, InquiryTrouble):
        kind, plain = reply_to_plain(found)
        _again(reply_from_plain, kind, plain, found)


def replies_seeds() -> Iterable[bytes]:
    for what in REPLIES:
        yield b"\1" + canonical.encode(list(reply_to_plain(what)))


def _again(read: Callable[[str, object], Any], kind: str, plain: object, whole: object) -> None:
    if read(kind, plain) != whole:
        raise AssertionError("what was read cannot be written")


def rosters(data: bytes) -> None:
    """Bytes as they come (first byte even), or what a hub signs (odd)."""
    which, rest = (data[0], data[1:]) if data else (0, b"")
    if which % 2:
        rest = cose.sign(roster.PURPOSE, rest, OURS.hub).data
    found = roster.load(rest, HUB)
    if isinstance(found, Roster) and roster.load(roster.sign(found, OURS.hub), HUB) != found:
        raise AssertionError("what was read cannot be written")


def rosters_seeds() -> Iterable[bytes]:
    data = roster.sign(ROSTER, OURS.hub)
    yield b"\0" + data
    yield b"\1" + cose.parse(data, roster.PURPOSE).payload


def station_lists(data: bytes) -> None:
    """Bytes as they come, or (first byte odd) what a hub signs; the list, or the hint of versions."""
    which, rest = (data[0], data[1:]) if data else (0, b"")
    purpose = list_versions.PURPOSE if which & 2 else station_list.PURPOSE
    if which % 2:
        rest = cose.sign(purpose, rest, OURS.hub).data
    for name in (*list_versions.NAMES, "weather"):
        list_versions.version_of(name, rest)
    stations = station_list.load(rest, HUB)
    if isinstance(stations, StationList):
        again: object = station_list.load(station_list.sign(stations, OURS.hub), HUB)
        if again != stations:
            raise AssertionError("what was read cannot be written")
    hint = list_versions.load(rest, HUB)
    if isinstance(hint, ListVersions):
        hint.newer({})
        if list_versions.load(list_versions.sign(hint, OURS.hub), HUB) != hint:
            raise AssertionError("what was read cannot be written")


def station_lists_seeds() -> Iterable[bytes]:
    for which, data in (
        (0, station_list.sign(STATIONS, OURS.hub)),
        (2, list_versions.sign(VERSIONS, OURS.hub)),
    ):
        purpose = list_versions.PURPOSE if which else station_list.PURPOSE
        yield bytes([which]) + data
        yield bytes([which | 1]) + cose.parse(data, purpose).payload


def cases(data: bytes) -> None:
    """A text as it is scanned (first byte even), or what a station encrypts (odd)."""
    which, rest = (data[0], data[1:]) if data else (0, b"")
    if which % 2:
        found: object = _opened(rest)
    else:
        found = read_case(rest.decode("latin-1"), [KEY])
    if not isinstance(found, Case):
        return
    text = _text(found)
    if len(text) <= case.MOST_CHARACTERS and read_case(text, [KEY]) != found:
        raise AssertionError("what was read cannot be written")


def _opened(data: bytes) -> Case | None:
    try:
        return case._case(canonical.decode(case._inflated(data)))
    except Malformed:
        return None


def _text(found: Case) -> str:
    return case._text(
        found.registration, KEY, found.station, found.made_at, abridged=found.abridged
    )


def cases_seeds() -> Iterable[bytes]:
    text = case.make_case(WHOLE, office_key=KEY, station=STATION, made_at=NOON) or ""
    yield b"\0" + text.encode()
    packed = base45.decode(text.removeprefix(case.PREFIX))
    yield b"\1" + (case._opened(packed, [KEY]) or b"")


def typed(data: bytes) -> None:
    """Whatever somebody types for a code, a PIN, a username, a password or an answer."""
    text = data.decode("utf-8", "surrogateescape")
    for parse in (codes.parse_code, codes.parse_pin):
        found = parse(text)
        if isinstance(found, Problem):
            if not all(value.isdigit() for _, value in found.details):
                raise AssertionError("what was typed is in a problem")
        elif parse(found) != found:
            raise AssertionError("what was read cannot be read again")
    passwords.password_problems(text, text[:20], (text[5:],), score=0)
    passwords.username_problems(text)
    passwords.question_problems(text, text[::-1])
    if passwords.fold_answer(passwords.fold_answer(text)) != passwords.fold_answer(text):
        raise AssertionError("an answer that folds twice")


def typed_seeds() -> Iterable[bytes]:
    yield from (b"ABCD-EFGH-JKMN", b"2222 2222 2222", b"12345678", "mario.rossi è".encode())
