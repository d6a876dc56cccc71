"""What would mend a refused operation: names of texts, told with the refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sync.model.errors import Problem

CORRECT_AND_REPEAT: Final = "remedy.correct-and-repeat"
"""The data are wrong: the person gives them again, at the kiosk or at the counter."""

CALL_ASSISTANCE: Final = "remedy.call-assistance"
"""The station does what it must not: the assistance looks at the station."""

OTHER_LETTERS_STAND: Final = "remedy.other-letters-stand"
"""Another visit stands: destroy these letters; the person has been written to."""

LOOK_AND_BOOK_AGAIN: Final = "remedy.look-and-book-again"
"""The registration has moved on: look at it, and book what is right now, with the person there."""

LOOK_AND_EDIT_AGAIN: Final = "remedy.look-and-edit-again"
"""Somebody else changed the same data: look at them, and enter again what is still to be changed."""

REGISTER_ANEW: Final = "remedy.register-anew"
"""The person was deleted: if they want credentials they are registered anew."""

GO_ON_WITH_THAT_ONE: Final = "remedy.go-on-with-that-one"
"""The person is registered already: go on with that registration (R-003-45)."""

COMPARE: Final = "remedy.compare-registrations"
"""Two registrations look like one person: compare them with the person's documents."""

MAKE_A_NEW_CODE: Final = "remedy.make-a-new-code"
"""A code that waited was withdrawn: regenerate it, or book again where it was of a revocation."""

_REMEDIES: Final[Mapping[str, str]] = {
    "credential.overtaken": OTHER_LETTERS_STAND,
    "credential.state-moved": LOOK_AND_BOOK_AGAIN,
    "edit.overtaken": LOOK_AND_EDIT_AGAIN,
    "registration.gone": REGISTER_ANEW,
    "registration.strong": GO_ON_WITH_THAT_ONE,
    "registration.exists": GO_ON_WITH_THAT_ONE,
    "registration.other-person": CALL_ASSISTANCE,
    "duplicate.person": COMPARE,
    "user.changed": LOOK_AND_EDIT_AGAIN,
}


def of(problem: Problem) -> str:
    """What would mend an act of a clerk that does not stand."""
    known = _REMEDIES.get(problem.code)
    if known is not None:
        return known
    return LOOK_AND_BOOK_AGAIN if problem.code.startswith("transition.") else CORRECT_AND_REPEAT
