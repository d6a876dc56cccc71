"""What a browser sends, read within limits; and what a person has chosen so far.

Nothing is kept in a cookie, so no other site can act for the person. What was chosen is kept in
the hub's memory until the ticket ends, the password as its digest; a hub that starts anew asks again.
"""

from __future__ import annotations

import base64
import binascii
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from sync.model.credential import OperationKind
from sync.model.home import HomeStep

MOST_BYTES: Final = 16 * 1024
_MOST_FIELDS: Final = 20
_MOST_DRAFTS: Final = 5000
_TYPE: Final = "application/x-www-form-urlencoded"


class FormError(Exception):
    """No browser sends that from our pages."""


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form; of two with one name the last.

    Raises:
        FormError: it is too large, or is none.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _TYPE:
        raise FormError
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise FormError
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError as error:
        raise FormError from error
    finally:
        body[:] = bytes(len(body))
    return dict(pairs)


def ticket_text(ticket: bytes) -> str:
    """A ticket as a form carries it."""
    return base64.urlsafe_b64encode(ticket).decode("ascii").rstrip("=")


def ticket_of(text: str) -> bytes:
    """The ticket in a form; empty for what is none."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


@dataclass(slots=True, repr=False)
class Draft:
    """How far a person has come with a ticket.

    Attributes:
        kind: of the procedure.
        steps: what is to be done, in order.
        valid_until: milliseconds since 1970.
        done: steps that are done.
        for_another: a representative acts.
        password, answer: digests (PHC text).
        strength: of the password, 0 to 4; None before it is chosen.
        concluded: the procedure has ended; pressing twice shows the end twice.
        digested, wait_until: how often something was digested, and when it may be again.
    """

    kind: OperationKind
    steps: tuple[HomeStep, ...]
    valid_until: int
    done: set[HomeStep] = field(default_factory=set)
    for_another: bool = False
    username: str = ""
    password: str = ""
    strength: int | None = None
    question: str = ""
    answer: str = ""
    concluded: bool = False
    digested: int = 0
    wait_until: int = 0

    @property
    def next(self) -> HomeStep | None:
        """The first step that is not done; None after the last."""
        return next((step for step in self.steps if step not in self.done), None)

    def back_from(self, step: HomeStep) -> None:
        """Opens the step before `step` again, and everything after it stays open too."""
        at = max(self.steps.index(step) - 1, 0)
        self.done -= set(self.steps[at:])


class Drafts:
    """The drafts of every ticket in use. From any thread."""

    def __init__(self) -> None:
        self._drafts: OrderedDict[bytes, Draft] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, ticket: bytes, now: int, make: Callable[[], Draft | None]) -> Draft | None:
        """The draft of a ticket; `make` where there is none yet. Drafts past their time go."""
        with self._lock:
            found = self._drafts.get(ticket)
            if found is not None and now <= found.valid_until:
                return found
            for name in [key for key, one in self._drafts.items() if now > one.valid_until]:
                del self._drafts[name]
        made = make()
        if made is None:
            return None
        with self._lock:
            self._drafts[ticket] = made
            if len(self._drafts) > _MOST_DRAFTS:
                self._drafts.popitem(last=False)
        return made

    def drop(self, ticket: bytes) -> None:
        """Forgets a draft."""
        with self._lock:
            self._drafts.pop(ticket, None)
