"""What citizens do with their codes, at home on the hub's pages or at a kiosk (R-003-19, 28, 38, 74).

The person proves the codes to the hub first and gets a ticket; what they then choose or accept is
an operation that carries the ticket. So no operation ever holds a PIN or a code.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sync.model.credential import OperationKind


class HomeStep(Enum):
    """Steps of a procedure at home, in the order of R-003-19."""

    REGULATION = "regulation"
    PRIVACY = "privacy"
    CONDITIONS = "conditions"
    """Conditions of activation of the new PIN, or of the revocation."""
    OLD_USER_ENDS = "old_user_ends"
    SIGN = "sign"
    USERNAME = "username"
    PASSWORD = "password"  # noqa: S105  the name of a step
    SECRET_QUESTION = "secret_question"  # noqa: S105  likewise


@dataclass(frozen=True, slots=True, repr=False)
class Chosen:
    """What the person chose.

    Attributes:
        password: Argon2id digest (PHC text).
        question: the secret question, as the person wrote it or picked it.
        answer: Argon2id digest of the answer, folded by `sync.model.passwords.fold_answer`.
    """

    username: str
    password: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True, repr=False)
class Conclusion:
    """The end of a procedure at home, signed online (R-003-19 `home_steps`).

    Attributes:
        ticket: 32 bytes from the hub, good once and for minutes.
        kind: which procedure.
        accepted: names and versions of the texts that the person accepted, `regulation:2026-1`.
        chosen: of riscontro forte and reset; None where username and password stay.
        language: `it` or `en`.
        for_another: a representative acts for the represented person (R-003-74).
    """

    ticket: bytes
    kind: OperationKind
    accepted: tuple[str, ...]
    chosen: Chosen | None
    language: str
    for_another: bool = False
