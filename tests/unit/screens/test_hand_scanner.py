"""Keys of hand scanners and of people: none is lost, none is taken for the other's."""

from __future__ import annotations

import ctypes
import random
import string
from collections.abc import Callable

import pytest

from kiosk.screens import key_reader
from kiosk.screens.hand_scanner import (
    HELD_BEHIND_PREFIX_SECONDS,
    HELD_SECONDS,
    Dropped,
    HandScanner,
    Held,
    Key,
    Layout,
    Passed,
    Scanned,
    Suffix,
)

CF = "RSSMRA80A01H501U"
ENTER, TAB, BACKSPACE = Key(name="enter"), Key(name="tab"), Key(name="backspace")
CODES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


class Desk:
    """A window that looks for keys now and then and calls `rest` when it should."""

    def __init__(self, scanner: HandScanner) -> None:
        self.scanner = scanner
        self.at = 100.0
        self.page: list[Key] = []
        self.scans: list[str] = []
        self.dropped = 0
        self._due: float | None = None

    def key(self, key: Key | str, after: float, late: float = 0.0) -> None:
        """A key `after` seconds; a window that is `late` calls no `rest` meanwhile."""
        then = self.at + after
        while not late and self._due is not None and self._due < then:
            self._take(self.scanner.rest(self._due), self._due)
        self.at = then
        made = key if isinstance(key, Key) else Key(text=key)
        self._take(self.scanner.key(made, then, late=late), then)

    def types(self, text: str, pace: float) -> None:
        for character in text:
            self.key(character, pace)

    def waits(self) -> None:
        self.at += 5
        self._take(self.scanner.rest(self.at), self.at)

    def _take(self, outcome: Passed | Held | Scanned | Dropped, at: float) -> None:
        self._due = None
        match outcome:
            case Passed(keys):
                self.page += keys
            case Scanned(text):
                self.scans.append(text)
            case Dropped():
                self.dropped += 1
            case Held(seconds):
                assert 0 < seconds <= HELD_BEHIND_PREFIX_SECONDS
                self._due = at + seconds

    @property
    def written(self) -> str:
        return "".join(key.text for key in self.page)


@pytest.mark.parametrize("pace", [0.0, 0.001, 0.008, 0.02, 0.035])
@pytest.mark.parametrize("end", [ENTER, TAB])
def test_a_scan_is_told_whole_and_reaches_no_field(pace: float, end: Key) -> None:
    desk = Desk(HandScanner())
    desk.types(CF, pace)
    desk.key(end, pace)
    assert (desk.scans, desk.page, desk.dropped) == ([CF], [], 0)


def test_a_scan_without_an_end_key_is_told_after_the_silence() -> None:
    desk = Desk(HandScanner(suffix=Suffix.NONE))
    desk.types(CF, 0.005)
    assert desk.scans == []
    desk.waits()
    assert (desk.scans, desk.page) == ([CF], [])


def test_two_scans_and_typing_between_are_told_apart() -> None:
    desk = Desk(HandScanner())
    for _ in range(2):
        desk.types(CF, 0.004)
        desk.key(ENTER, 0.004)
        desk.types("via po", 0.15)
        desk.key(ENTER, 0.3)
    assert desk.scans == [CF, CF]
    assert desk.written == "via povia po"
    assert desk.page.count(ENTER) == 2


def test_the_second_of_two_end_keys_presses_nothing() -> None:
    desk = Desk(HandScanner())
    desk.types(CF, 0.004)
    desk.key(ENTER, 0.004)
    desk.key(ENTER, 0.004)
    assert desk.page == []
    desk.key(ENTER, 1.0)  # a person's
    assert desk.page == [ENTER]


@pytest.mark.parametrize("typed", range(6, 16))
def test_half_a_scan_goes_nowhere(typed: int) -> None:
    desk = Desk(HandScanner())
    desk.types(CF[:typed], 0.004)
    desk.waits()
    assert (desk.scans, desk.page, desk.dropped) == ([], [], 1)


@pytest.mark.parametrize("seed", range(30))
def test_people_lose_no_key_and_are_never_taken_for_a_scanner(seed: int) -> None:
    """From a hunt for each key to a quick typist with rolls of three keys within 60 ms.

    No roll ends in enter or tab: that is another finger's way, and a short scan's end.
    """
    dice = random.Random(seed)
    desk = Desk(HandScanner(prefix=dice.choice(("", "~")), suffix=dice.choice(list(Suffix))))
    wanted: list[Key] = []
    slow = dice.choice((0.08, 0.15, 0.4, 1.5))
    for _ in range(60):
        key = dice.choice(
            [*(Key(text=one) for one in string.ascii_letters + " è'"), BACKSPACE, ENTER, TAB]
        )
        roll = dice.random() < 0.25 and key not in {ENTER, TAB}
        desk.key(key, dice.uniform(0.02, 0.035) if roll and len(wanted) % 3 else slow)
        wanted.append(key)
    desk.waits()
    assert desk.page == wanted
    assert (desk.scans, desk.dropped) == ([], 0)


def test_a_key_that_is_held_down_writes_on() -> None:
    desk = Desk(HandScanner())
    desk.key("a", 0.5)
    for count in range(40):
        desk.key("a", 0.5 if not count else 0.03)
    desk.key("b", 0.2)
    desk.key(ENTER, 0.2)
    assert desk.written == "a" * 41 + "b"
    assert desk.scans == []


@pytest.mark.parametrize("count", [6, 7])
def test_some_equal_keys_are_no_scan(count: int) -> None:
    desk = Desk(HandScanner())
    desk.types("x" * count, 0.03)
    desk.key(ENTER, 0.03)
    assert desk.written == "x" * count


def test_people_wait_no_longer_than_a_blink_for_their_letter() -> None:
    outcome = HandScanner().key(Key(text="a"), 1.0)
    assert outcome == Held(HELD_SECONDS)
    assert HELD_SECONDS <= 0.05


def test_a_code_that_begins_with_three_equal_letters_is_told() -> None:
    desk = Desk(HandScanner())
    code = "XXXXXX00A01L219C"
    desk.types(code, 0.03)
    desk.key(ENTER, 0.03)
    assert desk.scans == [code]


def test_a_busy_window_in_the_midst_of_a_scan_leaks_nothing() -> None:
    desk = Desk(HandScanner())
    desk.types(CF[:7], 0.004)
    desk.key(CF[7], 0.6, late=0.6)
    desk.types(CF[8:], 0.0)
    desk.key(ENTER, 0.0)
    assert (desk.scans, desk.page) == ([CF], [])


def test_what_a_person_typed_while_the_window_was_busy_is_no_scan() -> None:
    desk = Desk(HandScanner())
    desk.key("r", 0.5, late=2.0)
    desk.types("ossi mar", 0.0)
    desk.waits()
    assert desk.written == "rossi mar"
    assert (desk.scans, desk.dropped) == ([], 0)


@pytest.mark.parametrize("pace", [0.0, 0.002, 0.02, 0.035])
@pytest.mark.parametrize("code", ["12", "12345", "AAAAB"])
@pytest.mark.parametrize("end", [ENTER, TAB])
def test_a_short_scan_types_nothing_and_presses_nothing(pace: float, code: str, end: Key) -> None:
    desk = Desk(HandScanner())
    desk.types(code, pace)
    desk.key(end, pace)
    desk.key(end, pace)  # some scanners press it twice
    desk.waits()
    assert (desk.scans, desk.page, desk.dropped) == ([], [], 1)


@pytest.mark.parametrize("code", ["111111", "00000000", "0" * 20])
def test_a_scan_of_equal_signs_is_not_taken_for_a_key_held_down(code: str) -> None:
    desk = Desk(HandScanner())
    desk.types(code, 0.002)
    desk.key(ENTER, 0.002)
    assert (desk.scans, desk.page, desk.dropped) == ([], [], 1)


@pytest.mark.parametrize("text", ["8001234567890", "HTTPS://X.IT/A", "12345"])
@pytest.mark.parametrize("late_from", [0, 3])
def test_behind_keys_that_piled_up_an_ending_key_presses_nothing(text: str, late_from: int) -> None:
    """Whoever typed them: what is written can be erased, a step on cannot be taken back."""
    desk = Desk(HandScanner())
    for at, character in enumerate(text):
        desk.key(character, 0.002, late=0.3 if at >= late_from else 0.0)
    desk.key(ENTER, 0.002, late=0.3)
    assert (desk.written, desk.scans) == (text, [])
    assert ENTER not in desk.page
    desk.key(ENTER, 0.5)  # a person presses it again
    assert desk.page[-1] == ENTER


def test_an_ending_key_that_came_late_behind_a_short_scan_presses_nothing() -> None:
    desk = Desk(HandScanner())
    desk.types("12345", 0.002)
    desk.key(ENTER, 0.4, late=0.4)
    assert desk.page == [Key(text=each) for each in "12345"]


@pytest.mark.parametrize("pace", [0.06, 0.15, 0.5])
def test_enter_behind_slow_keys_is_a_persons(pace: float) -> None:
    desk = Desk(HandScanner())
    desk.types("12345", pace)
    desk.key(ENTER, pace)
    assert desk.written == "12345"
    assert desk.page[-1] == ENTER


def test_enter_is_a_persons_where_it_comes_slowly_behind_a_roll() -> None:
    desk = Desk(HandScanner())
    desk.types("abc", 0.03)
    desk.key(ENTER, 0.12)
    assert desk.written == "abc"
    assert desk.page[-1] == ENTER


# --- on the page


class Sheet:
    """A page with one field."""

    def __init__(self, *, secret: bool) -> None:
        self.secret = secret
        self.text = ""
        self.steps = 0

    def typed(self, piece: str) -> None:
        self.text += piece

    def erased(self) -> None:
        self.text = self.text[:-1]

    def entered(self) -> None:
        self.steps += 1

    def pressed(self, name: str) -> None:
        raise AssertionError(f"no such key is pressed here: {name}")


class Beats:
    """Kivy's clock, told what time it is; its tasks run when a test says so."""

    def __init__(self) -> None:
        self.now = 50.0
        self.looked_at = 50.0
        self.tasks: list[Callable[[float], None]] = []

    def time(self) -> float:
        return self.now

    def get_time(self) -> float:
        return self.looked_at

    def schedule_once(self, task: Callable[[float], None], _seconds: float) -> Beats:
        self.tasks = [task]
        return self

    def cancel(self) -> None:
        self.tasks.clear()

    def pass_by(self, seconds: float) -> None:
        self.now += seconds
        self.looked_at = self.now

    def rest(self) -> None:
        while self.tasks:
            self.pass_by(0.06)
            self.tasks.pop()(0.06)


@pytest.mark.parametrize("end", [True, False])
@pytest.mark.parametrize("late", [0.0, 0.4])
@pytest.mark.parametrize("code", ["80", "80012", "8001234567890", "111111", "0" * 12])
def test_a_hidden_field_takes_nothing_from_a_burst(
    monkeypatch: pytest.MonkeyPatch, code: str, late: float, *, end: bool
) -> None:
    """Five digits and Enter on the PIN's page spent one of the card's three tries."""
    beats, sheet = Beats(), Sheet(secret=True)
    monkeypatch.setattr(key_reader, "Clock", beats)
    scans: list[str] = []
    reader = key_reader.KeyReader(HandScanner(), sheet, scans.append)
    beats.now += late
    for character in code:
        beats.now += 0.002 if not late else 0.0
        reader.typed(character)
    if end:
        reader.pressed("enter")
    beats.rest()
    assert (sheet.text, sheet.steps) == ("", 0)


@pytest.mark.parametrize("secret", [True, False])
def test_a_person_types_into_any_field(monkeypatch: pytest.MonkeyPatch, *, secret: bool) -> None:
    beats, sheet = Beats(), Sheet(secret=secret)
    monkeypatch.setattr(key_reader, "Clock", beats)
    reader = key_reader.KeyReader(HandScanner(), sheet, lambda _text: None)
    for character in "80112":
        reader.typed(character)
        beats.rest()
    beats.pass_by(0.1)
    reader.pressed("enter")
    assert (sheet.text, sheet.steps) == ("80112", 1)


def test_the_prefix_is_taken_off_and_lets_a_slow_scanner_through() -> None:
    desk = Desk(HandScanner(prefix="~1"))
    desk.types("~1" + CF, 0.07)
    desk.key(ENTER, 0.07)
    assert (desk.scans, desk.page) == ([CF], [])


def test_a_person_who_types_the_prefix_gets_it() -> None:
    desk = Desk(HandScanner(prefix="~"))
    desk.types("~casa~", 0.2)
    desk.waits()
    assert desk.written == "~casa~"


def test_caps_lock_turns_no_code() -> None:
    desk = Desk(HandScanner())
    desk.types(CF.lower(), 0.004)
    desk.key(ENTER, 0.004)
    assert desk.scans == [CF]


def test_representations_show_no_text() -> None:
    outcomes = (Key(text="secret"), Passed((Key(text="secret"),)), Scanned("secret"))
    assert not any("secret" in repr(one) for one in outcomes)


def test_no_end_of_keys_fills_the_memory() -> None:
    scanner = HandScanner()
    outcomes = [scanner.key(Key(text=CODES[n % 44]), n / 1000) for n in range(4402)]
    assert isinstance(outcomes[4400], Dropped)
    assert isinstance(outcomes[-1], Held)


# --- keyboards, as libxkbcommon knows them


class _Names(ctypes.Structure):
    _fields_ = tuple(
        (name, ctypes.c_char_p) for name in ("rules", "model", "layout", "variant", "options")
    )


class Keyboard:
    """A layout of libxkbcommon: what each key writes, plain and with shift."""

    def __init__(self, layout: str) -> None:
        library = ctypes.CDLL("libxkbcommon.so.0")
        for name in ("xkb_context_new", "xkb_keymap_new_from_names"):
            getattr(library, name).restype = ctypes.c_void_p
        library.xkb_keysym_to_utf32.restype = ctypes.c_uint32
        context = ctypes.c_void_p(library.xkb_context_new(0))
        names = _Names(None, b"pc105", layout.encode(), None, None)
        keymap = ctypes.c_void_p(library.xkb_keymap_new_from_names(context, ctypes.byref(names), 0))
        assert keymap.value
        self.writes: dict[tuple[int, int], str] = {}
        for code in range(10, 62):  # the rows of letters, digits and signs
            for level in (0, 1):
                symbols = ctypes.POINTER(ctypes.c_uint32)()
                count = library.xkb_keymap_key_get_syms_by_level(
                    keymap, code, 0, level, ctypes.byref(symbols)
                )
                if count == 1 and (sign := library.xkb_keysym_to_utf32(symbols[0])) >= 32:
                    self.writes[code, level] = chr(sign)
        self.writes[65, 0] = " "

    def key_of(self, character: str) -> tuple[int, int]:
        return next(key for key, written in self.writes.items() if written == character)


LAYOUTS = (
    (Layout.SAME, "it", "it"),
    (Layout.US_ON_ITALIAN, "us", "it"),
    (Layout.ITALIAN_ON_US, "it", "us"),
)


@pytest.mark.parametrize(("layout", "scanner", "kiosk"), LAYOUTS)
def test_every_character_of_our_codes_comes_through_the_other_keyboard(
    layout: Layout, scanner: str, kiosk: str
) -> None:
    pressed, seen = Keyboard(scanner), Keyboard(kiosk)
    # An Italian keyboard has no key of its own for AIM's bracket.
    meant = CODES + ("]" if scanner == "us" else "")
    desk = Desk(HandScanner(layout=layout))
    desk.types("".join(seen.writes[pressed.key_of(one)] for one in meant), 0.004)
    desk.key(ENTER, 0.004)
    assert desk.scans == [meant]
