"""What pages are shown of a person: a line of a list, or everything with what is open about it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlcipher3 import dbapi2 as sqlcipher

from sync.edge.mirror import form, keeping
from sync.model import transitions
from sync.model.credential import Function
from sync.model.inquiry import Dispute
from sync.model.registration import Registration
from sync.model.searching import Row, comune_of, running_of


@dataclass(frozen=True, slots=True, repr=False)
class Held:
    """One registration as the station holds it.

    Attributes:
        aliases: other numbers that lead to it.
        waiting: kinds of the station's acts on it that the hub has not decided.
        disputes: open ones about it.
    """

    registration: Registration
    aliases: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    disputes: tuple[Dispute, ...] = ()


def line(raw: sqlcipher.Connection, row: int) -> Row:
    """As a list shows it. Raises `Unreadable`."""
    registration = keeping.registration_in(raw, row)
    if registration is None:
        raise form.Unreadable
    own = raw.execute("SELECT own FROM face WHERE id = ?", (row,)).fetchone()[0]
    credential = registration.credential
    functions = transitions.functions(credential)
    return Row(
        number=registration.number,
        surname=registration.person.surname or "",
        name=registration.person.name or "",
        codice_fiscale=registration.person.codice_fiscale,
        comune=comune_of(registration),
        registered_at=registration.registered_at,
        community=registration.community,
        state=credential.state,
        strong=credential.strong,
        running=running_of(credential),
        functions=tuple(each for each in Function if each in functions),
        own_undecided=bool(own),
    )


def held(raw: sqlcipher.Connection, row: int) -> Held | None:
    """As its own page shows it; None for a row that holds nothing but acts. Raises `Unreadable`."""
    registration = keeping.registration_in(raw, row)
    if registration is None:
        return None
    aliases = tuple(
        number
        for (number,) in raw.execute("SELECT number FROM alias WHERE id = ? ORDER BY 1", (row,))
    )
    waiting = tuple(
        kind
        for (kind,) in raw.execute(
            "SELECT kind FROM own WHERE id = ? AND NOT accepted ORDER BY seq", (row,)
        )
    )
    numbers = (registration.number, *aliases)
    marks = ", ".join("?" * len(numbers))
    disputes = tuple(
        form.dispute_from(plain)
        for (plain,) in raw.execute(
            f"SELECT plain FROM dispute WHERE NOT closed AND number IN ({marks})"  # noqa: S608 - marks
            " ORDER BY done_at DESC",
            numbers,
        )
    )
    return Held(registration, aliases, waiting, disputes)
