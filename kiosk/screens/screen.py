"""What all screens share: the ground they are drawn on, and the message page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from kiosk.flows.events import Continued, Event, OptionChosen, Refused, ServiceChosen, TextDone
from kiosk.flows.phrases import Phrase
from kiosk.flows.progress import progress
from kiosk.flows.state import Session, screen_name
from kiosk.flows.wording import Action, can_go_back, can_stop, failure_phrase
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import Font, Paint, Size
from kiosk.screens.widgets.button import Button, ButtonKind
from kiosk.screens.widgets.frame import MARGIN, Header, back_button, footer
from kiosk.screens.widgets.layout import Align, Column, Inset, Part, Row, Space
from kiosk.screens.widgets.scroll import Scroll
from kiosk.screens.widgets.surface import Surface
from kiosk.screens.widgets.text import IconText

Builder = Callable[[Context], Part]
"""Makes a part; called again with a smaller theme where the part does not fit."""


class Screen(Surface):
    """One state on the whole window.

    Attributes:
        session: what is drawn.
    """

    def __init__(self, ui: Context, session: Session) -> None:
        super().__init__(ui.theme.palette.page)
        self.ui = ui
        self.session = session
        self.name = f"screen.{screen_name(session)}"

    def update(self, session: Session) -> None:
        """Draw what changes while the screen stays: `session` differs in nothing else."""
        self.session = session

    def show_time(self, now: datetime) -> None:
        """Another minute, where the screen tells the time."""

    def take_over(self, before: Screen) -> None:
        """Keep of the screen that was up before what no session holds: a secret half typed."""

    def write(self, piece: str) -> None:
        """A real keyboard wrote `piece`."""

    def erase(self) -> None:
        """A real keyboard's backspace."""

    def enter(self) -> None:
        """A real keyboard's enter key."""

    def press(self, key: str) -> None:
        """Another key without a letter, `tab`, `escape`, `f2`; pages for fingers have none."""


class Page(Screen):
    """Header, body, the page's buttons, footer.

    Where the body is a little too high, its letters give way a little; where that does not help,
    it is shown at full size and can be moved up and down.

    Attributes:
        still: whether nobody has a hand free to move the page: its letters give way further.
    """

    still: bool = False

    def __init__(
        self,
        ui: Context,
        session: Session,
        build: Builder,
        actions: Sequence[Part] = (),
        *,
        now: datetime,
        strip: Part | None = None,
    ) -> None:
        super().__init__(ui, session)
        self.header = Header(ui, session, now, stop=can_stop(session))
        self.scroll = Scroll(ui, _eased(ui, build, still=self.still))
        rows: list[Part] = [self.header]
        if strip is not None:
            rows.append(strip)
        rows.append(self.scroll)
        if session.notice is not None:
            rows.append(notice_line(ui, session.notice))
        buttons: list[Part] = [Space(), *actions]
        if can_go_back(session):
            back = back_button(ui)
            back.rigid = True
            buttons.insert(0, back)
        if len(buttons) > 1:
            row = Row(buttons, gap=ui.px(16), across=Align.STRETCH)
            rows.append(Inset(row, (ui.px(MARGIN), ui.px(10))))
        self._footer = Part([footer(ui, session)])
        rows.append(self._footer)
        self.fill([Column(rows)])

    def update(self, session: Session) -> None:
        """Network and speech change while the page stays."""
        if session.speaking != self.session.speaking:
            self._footer.fill([footer(self.ui, session)])
            self._footer.settle()
        super().update(session)
        self.header.show_network(session.network)

    def show_time(self, now: datetime) -> None:
        """The clock in the header."""
        self.header.show_time(now)


def _eased(ui: Context, build: Builder, *, still: bool) -> list[Callable[[], Part]]:
    margins = ui.px(MARGIN), ui.px(20)
    # Who asked for large text gets a page that moves rather than small letters.
    eases: Sequence[float] = (1.0, 0.94, 0.88) if ui.theme.large else (1.0, 0.94, 0.88, 0.82)
    if still:
        eases = (1.0, 0.94, 0.88, 0.82, 0.76)

    def at(ease: float) -> Callable[[], Part]:
        eased = replace(ui, theme=replace(ui.theme, ease=ease))
        return lambda: Inset(build(eased), margins)

    return [at(ease) for ease in eases]


def action_name(event: Event) -> str:
    """Stable machine name of the button that emits `event`."""
    match event:
        case Continued() | TextDone():
            return "continue"
        case Refused():
            return "refuse"
        case OptionChosen(value):
            return f"option.{value}"
        case ServiceChosen(service):
            return f"service.{service.value}"
        case _:
            return type(event).__name__.lower()


def action_button(ui: Context, action: Action) -> Button:
    """A button of the page's own."""
    return Button(
        ui,
        action_name(action.event),
        ui.say(action.label),
        action.event,
        kind=ButtonKind.PRIMARY if action.main else ButtonKind.SECONDARY,
        icon=Icon.ARROW_RIGHT if action.main else None,
        icon_last=True,
        size=Size.BODY,
        padding=30,
    )


def title(ui: Context, words: str) -> Part:
    """The page's title."""
    return ui.text(words, Size.TITLE, ui.theme.palette.page.ink, Font.TITLE)


def heading(ui: Context, session: Session, said: Phrase) -> list[Part]:
    """Where the person is, and the title."""
    step = step_words(ui, session)
    lead = [ui.text(step, Size.LABEL, ui.theme.palette.page_soft.ink)] if step else []
    return [*lead, title(ui, ui.say(said))]


def step_words(ui: Context, session: Session) -> str:
    """Number and name of the step, "" on pages that are not counted."""
    reached = progress(session.activity)
    return ui.say(reached.phrase) if reached else ""


def notice(ui: Context, words: str, paint: Paint, icon: Icon, *, size: Size = Size.BODY) -> Part:
    """A coloured box with an icon and a text: a problem, a warning, a success."""
    box = Surface(paint, radius=ui.px(9), border=ui.px(2))
    text = ui.text(words, size, paint.ink, Font.STRONG)
    text.grows = True
    mark = IconText(icon, round(ui.theme.letters(size) * 1.4), paint.ink)
    box.fill([Row([mark, text], gap=ui.px(16), padding=(ui.px(18), ui.px(12)))])
    return box


def notice_line(ui: Context, code: str) -> Part:
    """What did not work and stops nothing."""
    words = ui.say(failure_phrase(code))
    box = notice(ui, words, ui.theme.palette.warning, Icon.INFO_CIRCLE, size=Size.LABEL)
    return Inset(box, (ui.px(MARGIN), ui.px(8)))


def panel(ui: Context, part: Part, *, padding: tuple[int, int] = (32, 26)) -> Surface:
    """A white card around a part."""
    palette = ui.theme.palette
    card = Surface(palette.card, radius=ui.px(12), border=ui.px(2), shadow=palette.shadow)
    card.fill([Inset(part, (ui.px(padding[0]), ui.px(padding[1])))])
    return card


class Fit(Part):
    """A part that is built with smaller letters where the room is too low for it.

    Args:
        ui: the screen's surroundings.
        builders: from the fullest to the barest content; each is tried down to its smallest
            letters before the next one.
    """

    grows = True
    _EASES = (1.0, 0.92, 0.85, 0.78)

    def __init__(self, ui: Context, builders: Sequence[Builder]) -> None:
        super().__init__()
        self._ui = ui
        self._builders = tuple(builders)

    def height_at(self, width: int) -> int:  # noqa: ARG002
        """Nothing of its own: it takes what is left."""
        return 0

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """Build what fits, and place it."""
        part = self._first_that_fits(width, height)
        self.fill([part])
        part.place(left, bottom, width, height)

    def _first_that_fits(self, width: int, height: int) -> Part:
        theme = self._ui.theme
        for build in self._builders:
            for ease in self._EASES:
                part = build(replace(self._ui, theme=replace(theme, ease=theme.ease * ease)))
                if part.height_at(width) <= height:
                    return part
        return part
