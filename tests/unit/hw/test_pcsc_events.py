"""What the watch tells of two looks at the readers; no reader is needed to know."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smartcard import scard

from hw.errors import DeviceTrouble
from hw.pcsc import SlotState, Snapshot, events_between
from hw.readings import CardInserted, CardRemoved, ReaderReady


def slot(
    changes: int = 0, *, usable: bool = True, present: bool = False, mute: bool = False
) -> SlotState:
    return SlotState(usable=usable, present=present, mute=mute, changes=changes)


def readers(**slots: SlotState) -> Snapshot:
    return Snapshot(service=True, slots=slots)


AWAY = Snapshot(service=False)
NONE = readers()
EMPTY = readers(a=slot())
CARD = readers(a=slot(1, present=True))
MUTE = readers(a=slot(1, present=True, mute=True))
GONE = readers(a=slot(usable=False))


def told(before: Snapshot | None, after: Snapshot) -> list[str]:
    """Events in short: codes of troubles, names of the others."""
    return [
        event.code if isinstance(event, DeviceTrouble) else type(event).__name__
        for event in events_between(before, after)
    ]


@pytest.mark.parametrize(
    ("before", "after", "events"),
    [
        (None, AWAY, ["reader.service-absent"]),
        (None, NONE, ["reader.absent"]),
        (None, GONE, ["reader.absent"]),
        (None, EMPTY, ["ReaderReady"]),
        (None, CARD, ["ReaderReady", "CardInserted"]),
        (None, MUTE, ["ReaderReady", "card.unresponsive"]),
        (AWAY, AWAY, []),
        (NONE, NONE, []),
        (GONE, GONE, []),
        (EMPTY, EMPTY, []),
        (CARD, CARD, []),
        (MUTE, MUTE, []),
        (EMPTY, CARD, ["CardInserted"]),
        (CARD, EMPTY, ["CardRemoved"]),
        (EMPTY, MUTE, ["card.unresponsive"]),
        (MUTE, EMPTY, ["CardRemoved"]),
        (MUTE, CARD, ["CardRemoved", "CardInserted"]),
        (CARD, readers(a=slot(3, present=True)), ["CardRemoved", "CardInserted"]),
        (CARD, readers(a=slot(2, present=True)), []),
        (readers(a=slot(0xFFFF, present=True)), CARD, ["CardRemoved", "CardInserted"]),
        (EMPTY, readers(a=slot(2)), []),
        (CARD, AWAY, ["CardRemoved", "reader.service-absent"]),
        (AWAY, CARD, ["ReaderReady", "CardInserted"]),
        (AWAY, NONE, ["reader.absent"]),
        (NONE, AWAY, ["reader.service-absent"]),
        (CARD, NONE, ["CardRemoved", "reader.absent"]),
        (CARD, GONE, ["CardRemoved", "reader.absent"]),
        (GONE, CARD, ["ReaderReady", "CardInserted"]),
        (NONE, GONE, []),
        (EMPTY, readers(a=slot(), b=slot()), []),
        (CARD, readers(b=slot()), ["CardRemoved"]),
        (CARD, readers(a=slot(1, present=True), b=slot(1, present=True)), ["CardInserted"]),
        (readers(a=slot(), b=slot()), EMPTY, []),
        (readers(a=slot(), b=slot()), readers(a=slot(usable=False), b=slot()), []),
    ],
)
def test_the_table(before: Snapshot | None, after: Snapshot, events: list[str]) -> None:
    assert told(before, after) == events


def test_events_name_their_reader() -> None:
    before = readers(a=slot(1, present=True), b=slot())
    after = readers(a=slot(2), b=slot(1, present=True))
    assert events_between(before, after) == (CardRemoved("a"), CardInserted("b"))
    assert events_between(None, before) == (ReaderReady(("a", "b")), CardInserted("a"))


STATES = st.builds(
    slot, st.integers(0, 3), usable=st.booleans(), present=st.booleans(), mute=st.booleans()
)
SNAPSHOTS = st.one_of(
    st.just(AWAY), st.dictionaries(st.sampled_from("abc"), STATES).map(lambda s: readers(**s))
)


@given(st.lists(SNAPSHOTS, max_size=12))
def test_who_believes_the_events_knows_where_cards_are(history: list[Snapshot]) -> None:
    """Whatever happens, insertions and removals alternate for each reader."""
    before: Snapshot | None = None
    inside: set[str] = set()
    for after in history:
        for event in events_between(before, after):
            if isinstance(event, CardInserted):
                assert event.reader not in inside
                inside.add(event.reader)
            elif isinstance(event, CardRemoved):
                inside.discard(event.reader)
        before = after
        assert inside == {
            name for name, state in after.slots.items() if state.present and not state.mute
        } or any(state.mute for state in after.slots.values())


@pytest.mark.parametrize(
    ("flags", "state"),
    [
        (scard.SCARD_STATE_EMPTY, slot()),
        (scard.SCARD_STATE_PRESENT, slot(present=True)),
        (scard.SCARD_STATE_PRESENT | scard.SCARD_STATE_INUSE | 0x50000, slot(5, present=True)),
        (scard.SCARD_STATE_PRESENT | scard.SCARD_STATE_MUTE, slot(present=True, mute=True)),
        (scard.SCARD_STATE_UNAVAILABLE | scard.SCARD_STATE_PRESENT, slot(usable=False)),
        (scard.SCARD_STATE_UNKNOWN, slot(usable=False)),
    ],
)
def test_state_flags(flags: int, state: SlotState) -> None:
    assert SlotState.from_flags(flags) == state
