"""Questions and replies on their way: who can read them, who made them, what belongs to what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from sync.model.console_views import SignedListPart, SignedListSince
from sync.model.inquiry import (
    Change,
    Changes,
    ChangesSince,
    CodesShown,
    Denied,
    Done,
    EntryKind,
    Inquiry,
    Reply,
    UsernameTold,
)
from sync.wire import canonical, cose, inquiry, sealing
from sync.wire.duty_statement import DutyStatement
from sync.wire.inquiry import (
    FRESH_MILLISECONDS,
    Asked,
    Fresh,
    InquiryTrouble,
    Question,
    answer,
    ask,
    id_of_reply,
    look,
    open_answer,
    open_question,
)
from sync.wire.signer import SoftwareSigner, VerifyingKey
from sync.wire.trust import HubTrust
from tests.unit.model.counter_examples import NOON, NUMBER, REGISTRATION
from tests.unit.wire.material import OURS, STATION, THEIRS, Keys, flipped

CODES = CodesShown("RSSMRA80A01H501U", "ABCDEFGHJKMN", "19283746")
OPERATOR = bytes(range(32))
STATEMENT = DutyStatement(OPERATOR, NOON, bytes(range(16)), bytes(range(64)))
TOLD = UsernameTold("mario.rossi")


def trust(keys: Keys = OURS) -> HubTrust:
    return HubTrust(1, 0, (keys.hub.verifying_key,), (keys.unsealing.sealing_key,))


def asked(
    what: Inquiry = CODES, operator: DutyStatement | None = STATEMENT, **changes: object
) -> Asked:
    fields = {
        "station": STATION,
        "signer": OURS.station,
        "sealing_key": OURS.unsealing.sealing_key,
        "asked_at": NOON,
    }
    return ask(what, operator=operator, **(fields | changes))  # type: ignore[arg-type]


def station_key(name: str) -> VerifyingKey | None:
    return OURS.station.verifying_key if name == STATION else None


def opened(data: bytes, keys: Keys = OURS) -> Question:
    question = open_question(data, station_key, keys.unsealing)
    assert isinstance(question, Question)
    return question


def code(found: object) -> str:
    assert isinstance(found, InquiryTrouble)
    return found.code


def test_a_question_comes_as_it_was_asked() -> None:
    made = asked()
    question = opened(made.data)
    assert (question.station, question.id, question.asked_at) == (STATION, made.id, NOON)
    assert (question.operator, question.statement) == (OPERATOR, STATEMENT)
    assert question.inquiry == CODES
    assert question.hash == made.hash
    assert opened(asked(operator=None).data).operator is None


@pytest.mark.rule("R-003-1")
def test_who_carries_a_question_and_its_reply_learns_nothing() -> None:
    made = asked()
    reply = answer(TOLD, opened(made.data), OURS.hub, answered_at=NOON)
    for data in (made.data, reply):
        for secret in (b"RSSMRA", b"ABCDEFGHJKMN", b"19283746", b"mario", OPERATOR):
            assert secret not in data
    assert "RSSMRA" not in repr((made, opened(made.data)))
    outside = look(made.data)
    assert not isinstance(outside, InquiryTrouble)
    assert (outside.station, outside.id, outside.asked_at) == (STATION, made.id, NOON)
    assert outside.sealing_key_id == OURS.unsealing.key_id
    assert id_of_reply(reply) == made.id


@pytest.mark.parametrize("told", [TOLD, Denied("codes.wait", wait_seconds=9)])
def test_a_reply_comes_to_who_asked(told: Reply) -> None:
    made = asked()
    reply = answer(told, opened(made.data), OURS.hub, answered_at=NOON)
    assert open_answer(reply, made, trust()) == told


def test_only_the_first_asker_opens_a_reply() -> None:
    """Neither the hub's keys nor the same question asked again help."""
    made = asked()
    reply = answer(TOLD, opened(made.data), OURS.hub, answered_at=NOON)
    assert code(open_answer(reply, asked(), trust())) == "inquiry.other-question"
    stolen = replace(made, reply_key=OURS.unsealing)
    assert code(open_answer(reply, stolen, trust())) == "inquiry.unreadable"


def test_a_reply_of_another_hub_is_foreign() -> None:
    made = asked()
    reply = answer(TOLD, opened(made.data), THEIRS.hub, answered_at=NOON)
    assert code(open_answer(reply, made, trust())) == "inquiry.foreign"


def test_of_the_hubs_keys_alone_a_station_hears_from_a_key_that_it_does_not_know() -> None:
    """It was off while they changed; the list is believed for its root, whoever brings it."""
    later = SoftwareSigner.generate()
    keys, others = SignedListSince("trust", 3), SignedListSince("roster", 3)
    for what, reply, expected in (
        (keys, SignedListPart("trust", 4, 0, 3, b"abc"), None),
        (keys, SignedListPart("roster", 4, 0, 3, b"abc"), "inquiry.foreign"),
        (keys, Done(), "inquiry.foreign"),
        (others, SignedListPart("roster", 4, 0, 3, b"abc"), "inquiry.foreign"),
        (others, SignedListPart("trust", 4, 0, 3, b"abc"), "inquiry.foreign"),
    ):
        made = asked(what, None)
        data = answer(reply, opened(made.data), later, answered_at=NOON)
        found = open_answer(data, made, trust())
        assert (found.code if isinstance(found, InquiryTrouble) else None) == expected
    # A known key's signature must be right, whatever is asked.
    made = asked(keys, None)
    data = answer(Done(), opened(made.data), OURS.hub, answered_at=NOON)
    assert code(open_answer(data[:-1] + bytes([data[-1] ^ 1]), made, trust())) in {
        "inquiry.foreign",
        "inquiry.malformed",
    }


def test_who_asks_for_the_hubs_keys_may_have_lost_its_clock() -> None:
    fresh = Fresh()
    late = NOON + 90 * 24 * 3_600_000
    question = opened(asked(SignedListSince("trust", 3), None).data)
    assert fresh.trouble(question, late) is None
    assert code(fresh.trouble(question, late)) == "inquiry.repeated"
    assert code(fresh.trouble(opened(asked().data), late)) == "inquiry.stale"


def test_a_question_of_another_station_is_foreign() -> None:
    for made in (asked(station="kiosk-0002"), asked(signer=THEIRS.station)):
        assert code(open_question(made.data, station_key, OURS.unsealing)) == "inquiry.foreign"


def test_a_question_to_another_hub_is_unreadable() -> None:
    made = asked(sealing_key=THEIRS.unsealing.sealing_key)
    assert code(open_question(made.data, station_key, OURS.unsealing)) == "inquiry.unreadable"


def test_no_bit_of_either_can_change() -> None:
    made = asked()
    question = opened(made.data)
    reply = answer(TOLD, question, OURS.hub, answered_at=NOON)
    for data in flipped(made.data):
        assert isinstance(open_question(data, station_key, OURS.unsealing), InquiryTrouble)
    for data in flipped(reply):
        assert isinstance(open_answer(data, made, trust()), InquiryTrouble)
    for data in (b"", made.data[:-1], made.data + b"\0", reply):
        assert code(open_question(data, station_key, OURS.unsealing)) == "inquiry.malformed"
        assert isinstance(look(data), InquiryTrouble)
    assert code(open_answer(made.data, made, trust())) == "inquiry.malformed"
    assert id_of_reply(made.data) is None


def signed(purpose: str, header: object, body: bytes, signer: SoftwareSigner) -> bytes:
    """A question or reply of the outside given, whatever it holds."""
    to = OURS.unsealing.sealing_key
    return cose.sign(
        purpose,
        lambda protected: sealing.seal(body, to, inquiry._info(protected)),
        signer,
        extra={inquiry._HEADER: header},
    ).data


HEADER: list[object] = [1, STATION, bytes(16), NOON, bytes(32)]
KEY = OURS.unsealing.sealing_key.to_bytes()
BODY: list[object] = ["standing", {"codice_fiscale": "x"}, None, KEY]


@pytest.mark.parametrize(
    ("header", "body", "expected"),
    [
        ([2, *HEADER[1:]], BODY, "inquiry.malformed"),
        ([True, *HEADER[1:]], BODY, "inquiry.malformed"),
        ([1, "Kiosk/+", *HEADER[2:]], BODY, "inquiry.malformed"),
        ([*HEADER[:2], bytes(15), *HEADER[3:]], BODY, "inquiry.malformed"),
        ([*HEADER[:3], -1, HEADER[4]], BODY, "inquiry.malformed"),
        (HEADER[:4], BODY, "inquiry.malformed"),
        (HEADER, BODY[:3], "inquiry.malformed"),
        (HEADER, ["standing", {}, None, KEY], "inquiry.malformed"),
        (HEADER, [*BODY[:2], bytes(31), KEY], "inquiry.malformed"),
        (HEADER, [*BODY[:3], KEY[:-1]], "inquiry.malformed"),
        (HEADER, ["weather", {}, None, KEY], "inquiry.unknown-kind"),
    ],
)
def test_a_station_that_sends_what_it_must_not(
    header: object, body: list[object], expected: str
) -> None:
    data = signed(inquiry.QUESTION_PURPOSE, header, canonical.encode(body), OURS.station)
    assert code(open_question(data, station_key, OURS.unsealing)) == expected


def test_a_hub_that_sends_what_it_must_not() -> None:
    made = replace(asked(), reply_key=OURS.unsealing)
    for header, body, expected in (
        ([2, made.id, made.hash, NOON], ["done", {}], "inquiry.malformed"),
        ([1, made.id, made.hash, NOON], ["done", {"x": 1}], "inquiry.malformed"),
        ([1, made.id, made.hash, NOON], ["done"], "inquiry.malformed"),
        ([1, made.id, made.hash, NOON], ["weather", {}], "inquiry.unknown-kind"),
        ([1, made.id, bytes(32), NOON], ["done", {}], "inquiry.other-question"),
    ):
        data = signed(inquiry.REPLY_PURPOSE, header, canonical.encode(body), OURS.hub)
        assert code(open_answer(data, made, trust())) == expected


def test_a_portion_of_changes_fits_into_one_reply() -> None:
    """A hundred registrations, no two with the same notes."""
    dice = Random(1)
    entries = tuple(
        Change(
            position,
            EntryKind.REGISTRATION,
            NUMBER,
            replace(REGISTRATION, note=dice.randbytes(250).hex()),
        )
        for position in range(100)
    )
    made = asked(ChangesSince(0))
    question = opened(made.data)
    changes = Changes(entries, 99, 99, more=False)
    reply = answer(changes, question, OURS.hub, answered_at=NOON)
    assert open_answer(reply, made, trust()) == changes
    assert len(reply) < 64 * 1024
    much = replace(changes, entries=entries * 2)
    with pytest.raises(ValueError, match="too large"):
        answer(replace(much, entries=much.entries * 5), question, OURS.hub, answered_at=NOON)


def at(question: Question, asked_at: int) -> Question:
    return replace(question, asked_at=asked_at)


def test_a_question_is_taken_once_and_while_it_is_fresh() -> None:
    fresh = Fresh()
    question = opened(asked().data)
    assert fresh.trouble(question, NOON) is None
    assert code(fresh.trouble(question, NOON + 1)) == "inquiry.repeated"
    late = NOON + FRESH_MILLISECONDS + 1
    assert code(fresh.trouble(question, late)) == "inquiry.stale"
    early = at(replace(question, id=bytes(16)), NOON + FRESH_MILLISECONDS + 1)
    assert code(fresh.trouble(early, NOON)) == "inquiry.stale"


def test_what_is_known_is_forgotten_when_it_would_be_stale() -> None:
    """A clock ahead by the most that is allowed is stale twice as late, and known as long."""
    fresh = Fresh()
    ahead = at(opened(asked().data), NOON + FRESH_MILLISECONDS)
    assert fresh.trouble(ahead, NOON) is None
    for later in (1, FRESH_MILLISECONDS, 2 * FRESH_MILLISECONDS):
        assert code(fresh.trouble(ahead, NOON + later)) == "inquiry.repeated"
    assert code(fresh.trouble(ahead, NOON + 2 * FRESH_MILLISECONDS + 1)) == "inquiry.stale"
    other = at(replace(ahead, id=bytes(16)), NOON + 3 * FRESH_MILLISECONDS)
    assert fresh.trouble(other, NOON + 3 * FRESH_MILLISECONDS) is None
    assert len(fresh._seen) == 1


def test_what_is_known_has_a_bound() -> None:
    fresh = Fresh(most=2)
    question = opened(asked().data)
    for number in range(5):
        one = replace(question, id=number.to_bytes(16))
        assert fresh.trouble(one, NOON) is None
    assert len(fresh._seen) == 2


def test_ids_come_from_the_source_of_chance_that_is_given() -> None:
    given: Callable[[int], bytes] = lambda size: b"\7" * size  # noqa: E731
    assert asked(random=given).id == b"\7" * 16
    assert asked().id != asked().id
