"""Which texts a person accepts in which procedure, and in which version (R-003-19, 38).

What was accepted is recorded as `regulation:2026-1`. A text that is changed gets a new version;
a conclusion that names an old one is refused, so that nobody is bound to words never read.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from sync.model.credential import OperationKind
from sync.model.home import HomeStep


class TextName(Enum):
    """The texts that are accepted."""

    REGULATION = "regulation"
    PRIVACY = "privacy"
    NEW_PIN = "new_pin"
    REVOCATION = "revocation"
    OLD_USER = "old_user"


VERSIONS: Final = {
    TextName.REGULATION: "2026-1",
    TextName.PRIVACY: "2026-1",
    TextName.NEW_PIN: "2026-1",
    TextName.REVOCATION: "2026-1",
    TextName.OLD_USER: "2026-1",
}
"""The version of each text that is in force."""

_FULL: Final = (
    (HomeStep.REGULATION, TextName.REGULATION),
    (HomeStep.PRIVACY, TextName.PRIVACY),
)
_TEXTS: Final = {
    OperationKind.RISCONTRO_FORTE: _FULL,
    OperationKind.PROMOZIONE: _FULL,
    OperationKind.RESET: (*_FULL, (HomeStep.OLD_USER_ENDS, TextName.OLD_USER)),
    OperationKind.RIGENERA_PIN: ((HomeStep.CONDITIONS, TextName.NEW_PIN),),
    OperationKind.REVOCA: ((HomeStep.CONDITIONS, TextName.REVOCATION),),
}


def accepted_as(name: TextName) -> str:
    """How the acceptance of the text in force is recorded: `regulation:2026-1`."""
    return f"{name.value}:{VERSIONS[name]}"


def text_of(kind: OperationKind, step: HomeStep) -> TextName | None:
    """The text that a step of a procedure shows; None for a step that shows none."""
    return dict(_TEXTS[kind]).get(step)


def to_accept(kind: OperationKind) -> tuple[str, ...]:
    """What a conclusion must name as accepted, in the order of the steps (R-003-19)."""
    return tuple(accepted_as(name) for _, name in _TEXTS[kind])
