"""What the hub steers reaches the pages when nobody is being served, and not before."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from kiosk.flows import events as ev
from kiosk.flows.citizen.preregistration import AskMembership
from kiosk.flows.session import step
from kiosk.flows.welcome import Ended, Welcome
from tests.flows.test_station import NEXT, TODAY, fresh, run

NEWER = replace(fresh().office, counter_address="Piazza Nuova 1", idle_seconds=45)


def test_at_the_first_page_it_counts_at_once() -> None:
    session, asked = run(fresh(), ev.OfficeTold(NEWER))
    assert (session.office, asked) == (NEWER, [])
    assert isinstance(session.activity, Welcome)


def test_whoever_is_served_keeps_what_they_began_with() -> None:
    before = fresh()
    session, _ = run(before, ev.ServiceChosen(ev.Service.PREREGISTRATION), ev.OfficeTold(NEWER))
    assert isinstance(session.activity, AskMembership)
    assert session.office == before.office
    session, _ = run(session, ev.StopAsked(), ev.StopConfirmed())
    assert isinstance(session.activity, Ended)
    session, _ = step(session, ev.Started(NEXT, UUID(int=9), TODAY))
    assert session.office == NEWER
    assert session.coming is None


def test_what_is_told_while_the_station_wipes_counts_for_the_next_one() -> None:
    session, _ = run(
        fresh(), ev.ServiceChosen(ev.Service.PREREGISTRATION), ev.StopAsked(), ev.StopConfirmed()
    )
    session, _ = step(session, ev.OfficeTold(NEWER))
    session, _ = step(session, ev.Started(NEXT, UUID(int=9), TODAY))
    assert session.office == NEWER
