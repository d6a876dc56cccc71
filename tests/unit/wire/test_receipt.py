from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.wire import canonical, cose, receipt
from sync.wire.envelope import genesis
from sync.wire.receipt import (
    Accepted,
    Acknowledgement,
    Answer,
    Missing,
    Outcome,
    Refused,
    sign,
    verify,
)
from sync.wire.trust import HubTrust
from tests.unit.wire.material import OURS, STATION, THEIRS, flipped

TRUST = HubTrust(1, 0, (OURS.hub.verifying_key,), (OURS.unsealing.sealing_key,))
GOOD = Acknowledgement(
    STATION,
    3,
    bytes(range(32)),
    (
        Answer(1, UUID(int=1), Accepted()),
        Answer(2, None, Missing()),
        Answer(3, UUID(int=3), Refused("email.cec-pac", "R-003-31", "remedy.correct-and-repeat")),
    ),
    1_800_000_000_000,
    "chain.fork",
)
CODES = st.from_regex(r"[a-z0-9][a-z0-9.-]{0,63}", fullmatch=True)
OUTCOMES: st.SearchStrategy[Outcome] = st.one_of(
    st.just(Accepted()),
    st.just(Missing()),
    st.builds(
        Refused,
        CODES,
        st.none() | st.text(max_size=32),
        st.just("") | CODES,
    ),
)


@given(
    st.dictionaries(st.integers(1, 1000), st.tuples(st.none() | st.uuids(), OUTCOMES), max_size=9),
    st.integers(0, 2**63 - 1),
    st.none() | CODES,
    st.integers(0, 1000),
)
@settings(max_examples=60)
def test_what_the_hub_signed_arrives(
    answers: dict[int, tuple[UUID | None, Outcome]],
    hub_time: int,
    trouble: str | None,
    secured: int,
) -> None:
    made = Acknowledgement(
        STATION,
        1000,
        bytes(32),
        tuple(Answer(seq, *answers[seq]) for seq in sorted(answers)),
        hub_time,
        trouble,
        secured,
    )
    assert verify(sign(made, OURS.hub), TRUST) == made


def test_nothing_held_is_the_genesis() -> None:
    made = Acknowledgement(STATION, 0, genesis(STATION), (), 1)
    assert verify(sign(made, OURS.hub), TRUST) == made


def test_only_a_trusted_hub_is_believed() -> None:
    assert verify(sign(GOOD, THEIRS.hub), TRUST) is None
    assert verify(sign(GOOD, OURS.station), TRUST) is None


def test_every_flipped_byte_is_refused() -> None:
    data = sign(GOOD, OURS.hub)
    assert all(verify(changed, TRUST) is None for changed in flipped(data))
    assert all(verify(data[:length], TRUST) is None for length in range(len(data)))
    assert verify(data + b"\x00", TRUST) is None


def test_what_the_station_signs_is_no_acknowledgement() -> None:
    payload = canonical.encode(canonical.decode(cose.parse(sign(GOOD, OURS.hub), PURPOSE).payload))
    other = cose.sign("application/sportello-trust+cose", payload, OURS.hub).data
    assert verify(other, TRUST) is None
    assert verify(cose.sign(PURPOSE, payload, OURS.hub).data, TRUST) == GOOD


PURPOSE = receipt.PURPOSE


@pytest.mark.parametrize(
    "wrong",
    [
        replace(GOOD, station="A"),
        replace(GOOD, up_to=-1),
        replace(GOOD, up_to=2),  # answers beyond what is stored
        replace(GOOD, secured=-1),
        replace(GOOD, secured=4),  # what is not stored is not secured
        replace(GOOD, head=bytes(31)),
        replace(GOOD, hub_time=-1),
        replace(GOOD, trouble=""),
        replace(GOOD, trouble="No Code"),
        replace(GOOD, answers=(GOOD.answers[1], GOOD.answers[0])),
        replace(GOOD, answers=(GOOD.answers[0], GOOD.answers[0])),
        replace(GOOD, answers=(Answer(0, None, Accepted()),)),
        replace(GOOD, answers=(Answer(1, None, Refused("Not a code")),)),
        replace(GOOD, answers=(Answer(1, None, Refused("a", "x" * 33)),)),
        replace(GOOD, answers=(Answer(1, None, Refused("a", None, "Not a code")),)),
    ],
)
def test_what_no_station_would_take_is_not_signed(wrong: Acknowledgement) -> None:
    with pytest.raises(ValueError, match="out of range"):
        sign(wrong, OURS.hub)


@pytest.mark.parametrize(
    "plain",
    [
        [],
        [2, STATION, 0, bytes(32), 0, None, []],
        [1, STATION, 0, bytes(32), 0, None],
        [1, STATION, 0, bytes(32), 0, None, [[1, bytes(15), ["accepted"]]]],
        [1, STATION, 1, bytes(32), 0, None, [[1, None, ["unheard of"]]]],
        [1, STATION, 1, bytes(32), 0, None, [[1, None, ["accepted", 1]]]],
        [1, STATION, 1, bytes(32), 0, None, [[1, None, []]]],
        [1, STATION, 1, bytes(32), 0, None, [[1, None]]],
        {"a": 1},
    ],
)
def test_other_shapes_are_refused_although_signed(plain: object) -> None:
    data = cose.sign(PURPOSE, canonical.encode(plain), OURS.hub).data
    assert verify(data, TRUST) is None


def test_as_many_answers_as_promised_fit() -> None:
    answers = tuple(
        Answer(seq, UUID(int=seq), Refused("x" * 64, "R-003-99", "y" * 64))
        for seq in range(1, receipt.MOST_ANSWERS + 1)
    )
    made = replace(GOOD, up_to=receipt.MOST_ANSWERS, answers=answers)
    assert verify(sign(made, OURS.hub), TRUST) == made


def test_what_secures_nothing_is_read_by_older_stations() -> None:
    def parts(made: Acknowledgement) -> list[object]:
        payload = cose.parse(sign(made, OURS.hub), PURPOSE).payload
        return canonical.items(canonical.decode(payload))

    assert parts(GOOD)[0] == 1
    assert parts(replace(GOOD, secured=2))[0] == receipt.FORMAT
    assert parts(replace(GOOD, secured=2))[1:-1] == parts(GOOD)[1:]


def test_no_other_format_is_taken() -> None:
    plain = canonical.decode(cose.parse(sign(GOOD, OURS.hub), PURPOSE).payload)
    for wrong in ([], [2, *plain[1:]], [*plain, 1], [3, *plain[1:], 1], [[], *plain[1:]], 7):
        data = cose.sign(PURPOSE, canonical.encode(wrong), OURS.hub).data
        assert verify(data, TRUST) is None
