"""Administrators who touch anything in any order: no fault, and every page has its texts."""

from __future__ import annotations

import random
from collections.abc import Iterator
from uuid import UUID

import pytest

from kiosk.flows import events as ev
from kiosk.flows.clerk import events as cl
from kiosk.flows.clerk.events import MenuEntry
from kiosk.flows.console import effects
from kiosk.flows.console import events as co
from kiosk.flows.console.events import Check
from kiosk.flows.console.fields import FieldKind
from kiosk.flows.console.outcomes import Sent
from kiosk.flows.console.sheet import Sheet
from kiosk.flows.console.states import ConsoleState
from kiosk.flows.effects import Effect
from kiosk.flows.events import Event
from kiosk.flows.installer.effects import CarryByMedium
from kiosk.flows.installer.events import MediumCarried
from kiosk.flows.wording import can_go_back, can_stop, wording
from kiosk.strings.catalogue import Catalogue
from sync.model.certificates import CertificateState
from sync.model.console_views import EnrolmentCodeTold
from sync.model.inquiry import NotFound
from sync.model.smart_cards import CardState
from sync.model.users import Profile
from tests.flows.clerk.counter import CODE, SESSION, TODAY, Walk, signed_in
from tests.flows.console.test_console import COMUNE, NOON, STATION, administrator, station, user

STATIONS = tuple(
    station(state, name=f"{COMUNE}-PC-{number:04}", check_code="ABCD-EFGH", request=b"r" * 32)
    for number, state in enumerate(CertificateState, start=1)
)
CATALOGUES = [Catalogue.load(language) for language in ("it", "en")]
TEXTS = ("", "x", "Sportello 2", CODE, "mario@esempio.it", "mario@pec.it", "VRDLGU75C15F205O")


def answers(effect: Effect, chance: random.Random) -> Iterator[Event]:
    """What the runtime may say."""
    code = chance.choice([None, "inquiry.offline"])
    match effect:
        case effects.AskStations():
            yield co.StationsListed(SESSION, STATIONS, NOON, code)
        case effects.AskUsers():
            yield co.UsersListed(SESSION, (user(chance.choice([None, *CardState])),), NOON, code)
        case effects.AskEnrolmentCode(_, name):
            told = None if code else EnrolmentCodeTold("token", "password")
            yield co.EnrolmentCodeAnswered(SESSION, name, told, code or "")
        case effects.DownloadCertificates(_, names):
            yield co.CertificatesSaved(SESSION, "a.zip", 0 if code else len(names), code)
        case effects.SaveEnrolmentCode(_, name):
            yield co.EnrolmentCodeSaved(SESSION, name, "" if code else "a.bin", code)
        case CarryByMedium(session_id):
            yield MediumCarried(session_id)
        case effects.LookUpUser(_, asked):
            yield co.UserLookedUp(SESSION, asked, None if code else NotFound())
        case effects.RecordConsoleAct(_, operation_id, master=master):
            if master is not None:
                master[:] = bytes(len(master))
            following = UUID(int=operation_id.int + 1)
            if code:
                yield co.ConsoleActNotRecorded(SESSION, operation_id, following, "store.full")
            else:
                yield co.ConsoleActRecorded(SESSION, operation_id, following, "ABC234")
        case _:
            pass


def touch(walk: Walk, chance: random.Random) -> Event:
    """Any touch, most of them of the page."""
    activity = walk.activity
    offered: list[Event] = [one.event for one in wording(walk.session).actions] * 2
    sheet = getattr(activity, "sheet", getattr(activity, "filters", None))
    if isinstance(sheet, Sheet) and sheet.fields:
        row = chance.choice(sheet.fields)
        value = chance.choice(sheet.options(row.id)) if row.options else chance.choice(TEXTS)
        boxes = row.kind is FieldKind.BOXES
        offered.append(co.OptionToggled(row.id, value) if boxes else co.FieldTyped(row.id, value))
        offered *= 2
    offered += [
        *(ev.Back(), ev.Continued(), co.CheckToggled(chance.choice(list(Check)))),
        *(co.StationChosen(chance.choice(STATIONS).name), co.UserChosen(CODE), co.Asked()),
        *(cl.Cleared(), ev.BarcodeTyped(CODE), ev.TimePassed(chance.choice([1, 30]), TODAY)),
        *(cl.MenuChosen(chance.choice(list(MenuEntry))), co.SentChosen()),
        co.ActivationAsked(bytearray(b"A" * 20)),
    ]
    return chance.choice(offered)


@pytest.mark.rule("R-004-4")
@pytest.mark.parametrize("profile", [Profile.ALS, Profile.ALP, Profile.ASC])
@pytest.mark.parametrize("seed", range(6))
def test_nothing_breaks_whatever_is_touched(seed: int, profile: Profile) -> None:
    chance = random.Random(f"{profile} {seed}")
    walk, seen = signed_in(administrator(profile)), set[str]()
    for _ in range(400):
        if walk.session.desk is None:
            walk = signed_in(administrator(profile))
        before = len(walk.effects)
        walk(touch(walk, chance))
        for effect in walk.effects[before:]:
            walk(*answers(effect, chance))
        activity = walk.activity
        if not isinstance(activity, ConsoleState):
            continue
        seen.add(walk.page)
        said = wording(walk.session)
        can_go_back(walk.session), can_stop(walk.session)
        labels = [one.label for one in said.actions]
        problem = [] if said.problem is None else [said.problem]
        for catalogue in CATALOGUES:
            for one in (said.title, *said.body, *said.help, *labels, *problem):
                assert catalogue.say(one)
    users = {page for page in seen if page in {"console.users", "console.user", "console.cards"}}
    stations = {page for page in seen if page in {"console.stations", "console.station"}}
    if profile is Profile.ALS:
        assert users
        assert not stations
    if profile is Profile.ALP:
        assert stations
        assert not users


def test_the_page_of_an_act_leads_on() -> None:
    walk = signed_in(administrator(Profile.ALP))(cl.MenuChosen(MenuEntry.STATIONS))
    walk(co.StationsListed(SESSION, (station(),), NOON), co.StationChosen(STATION))
    assert not isinstance(walk.activity, Sent)
    assert walk(ev.Back(), ev.Back()).page == "clerk.menu"
