"""The identity check at the screen: digits, a card that is read, what was found, who may see it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from kivy.base import EventLoop
from kivy.tests.common import UnitTestTouch

from kiosk.flows.citizen import document_reading as document_states
from kiosk.flows.citizen import identity_check as check_states
from kiosk.flows.document_check import (
    CardAccessNumber,
    Coaching,
    Finding,
    ReadingProgress,
    ReadingStage,
)
from kiosk.flows.effects import ReadDocument
from kiosk.flows.entries import DatePart
from kiosk.flows.events import (
    Back,
    Continued,
    DatePartFocused,
    DocumentProgress,
    OptionChosen,
    Refused,
    Service,
    ServiceChosen,
    StopAsked,
    TextChanged,
    TextDone,
    TimePassed,
)
from kiosk.flows.session import step
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.widgets.face import FaceView
from kiosk.screens.widgets.findings import FINDING_ICONS, FindingRow
from kiosk.screens.widgets.keyboard import Key
from kiosk.screens.widgets.progress import ProgressBar
from kiosk.screens.widgets.reader_pictures import Pose, ReaderPicture
from kiosk.screens.widgets.text import IconText, Text
from tests.screens import probe
from tests.screens.check_sessions import (
    CAN,
    FACTS,
    HOLDER,
    PIN,
    VERDICTS,
    drawn_face,
    reading,
    under_way,
)
from tests.screens.conftest import Person
from tests.screens.sessions import NOW, session, sessions
from tests.screens.test_layout import troubles
from tests.screens.test_text import HARD

EVENTS = [
    ("welcome", "service.identity-check", ServiceChosen(Service.IDENTITY_CHECK)),
    ("insert-card", "option.identity-card", OptionChosen(check_states.IDENTITY_CARD)),
    ("insert-card", "refuse", Refused()),
    ("insert-card-no-reader", "option.identity-card", OptionChosen(check_states.IDENTITY_CARD)),
    ("card-failed", "option.identity-card", OptionChosen(check_states.IDENTITY_CARD)),
    ("check-intro", "continue", Continued()),
    ("check-choose-card", "option.identity-card", OptionChosen(check_states.IDENTITY_CARD)),
    ("check-choose-card", "option.health-card", OptionChosen(check_states.HEALTH_CARD)),
    ("check-health-card-failed", "continue", Continued()),
    ("type-can", "continue", TextDone()),
    ("type-can", "refuse", Refused()),
    ("type-can", "back", Back()),
    ("type-can", "stop", StopAsked()),
    ("type-mrz-birth", "field.day", DatePartFocused(DatePart.DAY)),
    ("type-mrz-number", "continue", TextDone()),
    ("wrong-can", "continue", Continued()),
    ("wrong-can", "refuse", Refused()),
    ("document-failed", "continue", Continued()),
    ("document-failed", "refuse", Refused()),
    ("document-reading", "stop", StopAsked()),
    ("verdict-sound", "option.clerk", OptionChosen(check_states.CLERK)),
    ("verdict-sound", "option.register", OptionChosen(check_states.REGISTER)),
    ("verdict-sound", "continue", Continued()),
    ("verdict-health-card", "option.prove", OptionChosen(check_states.PROVE)),
    ("verdict-form-other-holder", "refuse", Refused()),
    ("clerk", "back", Back()),
    ("type-pin", "continue", TextDone()),
    ("check-pin-refused", "continue", Continued()),
]


@pytest.mark.parametrize(("screen", "button", "event"), EVENTS)
def test_a_button_says_its_event(person: Person, screen: str, button: str, event: object) -> None:
    person.shows(sessions()[screen])
    person.taps(button)
    assert person.events == [event]


# --- the number


def test_six_digits_are_touched_and_open_the_card(person: Person) -> None:
    person.shows(session(document_states.TypeCan()))
    person.live = True
    person.types(CAN)
    assert person.events[-1] == TextChanged(CAN)
    person.taps("continue")
    assert isinstance(person.effects[-1], ReadDocument)
    assert person.effects[-1].key == CardAccessNumber(CAN)
    assert probe.screen_of(person.window) == "identity-document.waiting"


def test_no_more_digits_are_taken_than_the_card_has(person: Person) -> None:
    person.shows(session(document_states.TypeCan()))
    person.live = True
    person.types(CAN + "77")
    assert person.events[-1] == TextChanged(CAN)
    person.taps("key.delete")
    assert person.events[-1] == TextChanged(CAN[:-1])


def test_a_real_keyboard_writes_digits_only(person: Person) -> None:
    person.shows(session(document_states.TypeCan()))
    person.live = True
    person.writes("4a8 2")
    assert person.events[-1] == TextChanged("482")
    EventLoop.window.dispatch("on_key_down", 8, 0, None, [])
    assert person.events[-1] == TextChanged("48")
    EventLoop.window.dispatch("on_key_down", 13, 0, None, [])
    assert person.events[-1:] == [TextDone()]


def test_too_few_digits_are_said_and_the_next_key_takes_that_away(person: Person) -> None:
    person.shows(session(document_states.TypeCan()))
    person.live = True
    person.types(CAN[:4])
    person.taps("continue")
    person.waits()
    assert _problem(person)
    screen = person.window.router.screen
    person.types("1")
    person.waits()
    assert not _problem(person)
    assert person.window.router.screen is screen


def _problem(person: Person) -> bool:
    signs = [p for p in probe.shown(person.window) if isinstance(p, IconText)]
    return any(sign.icon is Icon.WARNING_CIRCLE for sign in signs)


@pytest.mark.parametrize("name", ["type-can", "type-pin"])
def test_digits_are_as_large_as_a_thumb(person: Person, name: str) -> None:
    """About 20 mm on a 15 inch panel of 1280x800."""
    person.shows(sessions()[name])
    keys = [part for part in probe.shown(person.window) if isinstance(part, Key)]
    assert len(keys) == 11
    assert min(min(key.width, key.height) for key in keys) >= 100


def test_the_place_of_the_number_is_drawn_and_marked(person: Person) -> None:
    """In the lower right corner of the drawn card there is a number in the mark's colour."""
    person.shows(sessions()["type-can"])
    number = next(
        p for p in probe.shown(person.window) if isinstance(p, Text) and p.text == "123456"
    )
    card = number.parent
    assert number.center_x > card.center_x
    assert number.center_y < card.center_y
    picture = probe.picture().convert("RGB")
    place = int(number.x), int(picture.height - number.center_y)
    assert picture.getpixel(place) == (0xFF, 0xE2, 0x7A)


# --- the PIN


def test_a_pin_is_never_drawn(person: Person) -> None:
    person.shows(sessions()["type-pin"])
    person.live = True
    person.taps("key.delete")
    person.types("5")
    field = next(p for p in probe.named(person.window) if p.name == "field")
    drawn = [p.text for p in probe.walk(field) if isinstance(p, Text)]
    assert drawn[0] == "\N{BULLET}" * 5
    texts = [p.text for p in probe.walk(person.window.router.root) if isinstance(p, Text)]
    assert not any(PIN[:4] in text for text in texts)
    assert person.events[-1] == TextChanged(PIN[:4] + "5")


def test_the_tries_are_said_before_and_after_a_wrong_pin(person: Person) -> None:
    for name, tries in (("type-pin", "3"), ("type-pin-wrong", "2")):
        person.shows(sessions()[name])
        assert f"ancora {tries} tentativi" in person.sees()


# --- the card on the reader


def _bar(person: Person) -> ProgressBar:
    return next(p for p in probe.shown(person.window) if isinstance(p, ProgressBar))


def _pose(person: Person) -> Pose:
    return next(p for p in probe.shown(person.window) if isinstance(p, ReaderPicture)).pose


def test_bytes_move_the_bar_and_keep_the_page(person: Person) -> None:
    first = ReadingProgress(ReadingStage.READING, 2_000, 20_000)
    person.shows(session(under_way(first)))
    screen, bar = person.window.router.screen, _bar(person)
    filled = bar.parts[0].width
    person.shows(session(under_way(replace(first, done=15_000))))
    assert person.window.router.screen is screen
    assert _bar(person) is bar
    assert bar.parts[0].width > 4 * filled
    assert "75" in person.sees()


def test_nothing_is_filled_before_the_first_byte(person: Person) -> None:
    person.shows(session(under_way(ReadingProgress(ReadingStage.READING, 0, 20_000))))
    assert _bar(person).parts == ()


@pytest.mark.parametrize(
    ("progress", "pose"),
    [
        (ReadingProgress(), Pose.LAY),
        (ReadingProgress(ReadingStage.OPENING), Pose.LIES),
        (ReadingProgress(ReadingStage.READING, 1, 2), Pose.LIES),
        (ReadingProgress(ReadingStage.CHECKING), Pose.LIES),
        (ReadingProgress(ReadingStage.READING, 1, 2, lost=True), Pose.AWAY),
        (ReadingProgress(ReadingStage.READING, 1, 2, Coaching.LAY_FLAT, lost=True), Pose.AWAY),
        (ReadingProgress(ReadingStage.READING, 1, 2, Coaching.HOLD_STILL), Pose.STILL),
        (ReadingProgress(ReadingStage.READING, 1, 2, Coaching.LAY_FLAT), Pose.FLAT),
        (ReadingProgress(ReadingStage.READING, 1, 2, Coaching.TURN_OVER), Pose.TURN),
        (ReadingProgress(coaching=Coaching.TAKE_OUT_OF_WALLET), Pose.BARE),
    ],
)
def test_the_picture_shows_what_the_text_asks_for(
    person: Person, progress: ReadingProgress, pose: Pose
) -> None:
    person.shows(session(under_way(progress)))
    assert _pose(person) is pose


def test_a_card_that_slips_is_asked_for_and_goes_on_where_it_was(person: Person) -> None:
    """The whole way with the flow: laid down, opened, read, lost, put back, read on."""
    person.shows(session(document_states.TypeCan()))
    person.live = True
    person.types(CAN)
    person.taps("continue")
    reading_now = ReadingProgress(ReadingStage.READING, 5_000, 20_000)
    seen = []
    for progress in (
        ReadingProgress(ReadingStage.OPENING),
        reading_now,
        replace(reading_now, lost=True),
        replace(reading_now, done=9_000),
    ):
        assert person.session is not None
        person.shows(step(person.session, DocumentProgress(person.session.id, progress))[0])
        seen.append(
            (probe.screen_of(person.window).removeprefix("identity-document."), _pose(person))
        )
    assert seen == [
        ("opening", Pose.LIES),
        ("reading", Pose.LIES),
        ("lost", Pose.AWAY),
        ("reading", Pose.LIES),
    ]
    assert _bar(person).percent == 45


@pytest.mark.parametrize(
    "name",
    [name for name in sessions() if name.startswith("document-") and "failed" not in name],
)
@pytest.mark.parametrize("large", [False, True])
def test_the_reading_can_be_stopped_at_any_moment_without_moving_the_page(
    person: Person, name: str, *, large: bool
) -> None:
    """Both hands may be at the card: all of the page is in sight, and so is the button."""
    person.shows(replace(sessions()[name], large_text=large))
    assert not person.window.router.screen.scroll.overflows  # type: ignore[union-attr]
    person.taps("refuse")
    assert person.events == [Refused()]


def test_a_new_stage_does_not_take_the_button_away_from_the_finger(person: Person) -> None:
    person.shows(session(under_way(ReadingProgress(ReadingStage.OPENING))))
    x, y = probe.place_of(person.window, "refuse").centre
    touch = UnitTestTouch(x, 800 - y)
    touch.touch_down()
    person.window.show(session(under_way(ReadingProgress(ReadingStage.READING, 1, 2))))
    person.waits(4)
    touch.touch_up()
    assert person.events == [Refused()]


def test_seconds_are_counted_down_in_place_and_then_one_may_type(person: Person) -> None:
    person.shows(sessions()["wrong-can-wait"])
    screen = person.window.router.screen
    assert "12" in person.sees().split("\n")
    assert not [p for p in probe.named(person.window) if p.name == "continue"]
    assert person.session is not None
    person.shows(step(person.session, TimePassed(1, NOW.date()))[0])
    assert "11" in person.sees().split("\n")
    assert "11 secondi" in person.sees()
    assert person.window.router.screen is screen
    person.shows(step(person.session, TimePassed(11, NOW.date()))[0])
    person.taps("continue")
    assert person.events == [Continued()]


# --- what was found


@pytest.mark.parametrize("name", VERDICTS)
def test_each_property_is_told_by_a_sign_and_in_words(person: Person, name: str) -> None:
    """Never by colour alone (WCAG 2.1, 1.4.1)."""
    person.shows(sessions()[f"verdict-{name}"])
    found = [part for part in probe.shown(person.window) if isinstance(part, FindingRow)]
    assert [row.name for row in found] == [
        f"property.{one.property.value}" for one in VERDICTS[name].judgements
    ]
    for row, judgement in zip(found, VERDICTS[name].judgements, strict=True):
        signs = [p.icon for p in probe.walk(row) if isinstance(p, IconText)]
        assert signs == [FINDING_ICONS[judgement.finding]]
        texts = [p for p in probe.walk(row) if isinstance(p, Text) and not isinstance(p, IconText)]
        assert len([p for p in texts if " " in p.text]) >= 2  # what, and why


def test_signs_of_findings_differ() -> None:
    assert len({FINDING_ICONS[finding] for finding in Finding}) == len(Finding)


def test_the_clerk_sees_reasons_with_their_codes_and_facts(person: Person) -> None:
    person.shows(sessions()["clerk"])
    parts = [p.text for p in probe.walk(person.window.router.root) if isinstance(p, Text)]
    for text in ("genuine.signature-wrong", "PACE DH-GM 3DES", "RSSMRA48C59L219O", "SHA-256"):
        assert text in parts


def test_a_changed_health_card_is_more_than_other_data(person: Person) -> None:
    person.shows(sessions()["verdict-health-card-changed"])
    assert "headline.wrong" in [part.name for part in probe.named(person.window)]


@pytest.mark.parametrize("text", HARD.values(), ids=HARD)
def test_the_clerks_page_is_whole_whatever_a_chip_says(person: Person, text: str) -> None:
    holder = replace(HOLDER, surname=text, birth_place=text, address=(text, text), sex=text)
    examined = replace(reading(), holder=holder, facts=((text, text), *FACTS))
    page = check_states.ClerkPage(check_states.VerdictPage(examined))
    person.shows(session(page))
    assert [t for t in troubles(person) if not t.startswith("word broken")] == []


def test_a_face_is_drawn_upright_in_its_colours(person: Person) -> None:
    person.shows(sessions()["clerk"])
    face = next(p for p in probe.shown(person.window) if isinstance(p, FaceView))
    picture = probe.picture().convert("RGB")
    top, bottom = int(picture.height - face.top), int(picture.height - face.y)
    assert picture.getpixel((int(face.x) + 4, top + 4)) == (255, 0, 0)
    assert picture.getpixel((int(face.center_x), bottom - 4)) == (0x34, 0x50, 0x6B)


@pytest.mark.parametrize(
    ("width", "height", "size"), [(240, 320, 100), (0, 0, 0), (9000, 1, 27000)]
)
def test_what_is_no_picture_is_shown_as_a_drawn_head(
    person: Person, width: int, height: int, size: int
) -> None:
    broken = replace(drawn_face(), width=width, height=height, rgb=bytes(size))
    page = check_states.VerdictPage(replace(reading(), face=broken))
    person.shows(session(check_states.ClerkPage(page)))
    assert [p.name for p in probe.shown(person.window) if isinstance(p, FaceView)] == ["face.none"]


@pytest.mark.parametrize("name", ["clerk", "verdict-sound", "type-pin", "document-reading"])
def test_the_next_person_sees_nothing_of_the_card(person: Person, name: str) -> None:
    person.shows(sessions()[name])
    person.shows(session())
    parts = list(probe.walk(person.window.router.root))
    texts = [p.text for p in parts if isinstance(p, Text)]
    assert not any("ROSSI" in text or CAN[:4] in text for text in texts)
    assert not [p for p in parts if isinstance(p, FaceView)]
