"""The header of a counter: who works here, whether there is a network, how old the copy is."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.flows.clerk.desk import MirrorStanding
from kiosk.flows.clerk.events import SignOutAsked
from kiosk.flows.office import Network
from kiosk.flows.state import Session
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.widgets.button import ButtonKind
from kiosk.screens.widgets.desk.button import DeskButton
from kiosk.screens.widgets.desk.frame import Standing
from kiosk.screens.widgets.layout import Part

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_FRESH = 10 * _MINUTE
_SIGN_OUT_KEY = "f12"


def header_titles(ui: Context, session: Session) -> tuple[str, str]:
    """The Ente, and who works here (R-003-55)."""
    desk = session.desk
    if desk is None:
        return session.office.name, ""
    return desk.operator.office, ui.words("desk.operator", name=desk.operator.name)


def standings(ui: Context, session: Session) -> tuple[Standing, ...]:
    """Network, copy of the registry, what waits for the hub."""
    network = session.network
    online = network is Network.ONLINE
    said = [
        Standing(
            f"network.{network.value}",
            ui.words(f"desk.network.{network.value}"),
            Icon.WIFI if online else Icon.EXCHANGE_CIRCLE,
            good=online,
        )
    ]
    desk = session.desk
    if desk is not None and desk.serves:
        said += _of_mirror(ui, desk.mirror)
    if desk is not None and desk.day_seconds is not None:
        # A daily password ends at midnight, and its session with it (R-004-34).
        words = ui.words("desk.day.until-midnight")
        said.append(Standing("day", words, Icon.CLOCK, good=False))
    return tuple(said)


def _of_mirror(ui: Context, mirror: MirrorStanding) -> list[Standing]:
    said = []
    if mirror.code is not None:
        said.append(
            Standing(
                "mirror.trouble", ui.words("desk.mirror.trouble"), Icon.WARNING_CIRCLE, good=False
            )
        )
    elif mirror.missing:
        words = ui.words("desk.mirror.missing", n=mirror.missing)
        said.append(Standing("mirror.missing", words, Icon.DOWNLOAD, good=False))
    else:
        fresh = mirror.age_seconds is not None and mirror.age_seconds <= _FRESH
        name = "mirror.never" if mirror.age_seconds is None else "mirror.age"
        said.append(Standing(name, _age(ui, mirror.age_seconds), Icon.CLOCK, good=fresh))
    if mirror.waiting:
        words = ui.words("desk.mirror.waiting", n=mirror.waiting)
        said.append(Standing("mirror.waiting", words, Icon.UPLOAD, good=False))
    return said


def _age(ui: Context, seconds: int | None) -> str:
    if seconds is None:
        return ui.words("desk.mirror.never")
    if seconds < 2 * _MINUTE:
        return ui.words("desk.mirror.now")
    for unit, length in (("days", _DAY), ("hours", _HOUR), ("minutes", _MINUTE)):
        if seconds >= 2 * length:
            return ui.words(f"desk.mirror.{unit}", n=seconds // length)
    return ui.words("desk.mirror.now")


def ways_out(ui: Context, session: Session) -> Sequence[Part]:
    """To sign out, while somebody is signed in."""
    if session.desk is None:
        return ()
    out = DeskButton(
        ui,
        "sign-out",
        ui.words("desk.sign-out"),
        lambda: ui.emit(SignOutAsked()),
        kind=ButtonKind.ON_HEADER,
        icon=Icon.LOGOUT,
        key=_SIGN_OUT_KEY,
        stop=False,
    )
    out.rigid = True
    return (out,)
