"""What a procedure that a citizen concludes asks the runtime to do (R-003-19, 28, 38).

What is secret (activation code, PIN, password, answer) is in no state of a flow: each key brings
the whole text once, the flow judges it and hands it on, and the runtime alone keeps it until it was
sent or the session is over. The ticket of the hub never leaves the runtime.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from uuid import UUID

from sync.model.credential import OperationKind


class SecretField(Enum):
    """What is typed and kept by the runtime alone; the value names its page and its texts."""

    CODE = "code"
    """Activation or revocation code."""
    PIN = "pin"
    PASSWORD = "password"  # noqa: S105  the name of a field
    PASSWORD_AGAIN = "password-again"  # noqa: S105  likewise
    ANSWER = "answer"
    """To the secret question."""


@dataclass(frozen=True, slots=True)
class KeepSecret:
    """Keep what stands in the field now in the place of what stood there before.

    Answered by `SecretKept`. An empty text wipes it. A new password makes the one that was typed
    again another one.

    Attributes:
        session_id: repeated by the answer.
        which: of the fields.
        text: as typed: the code and the PIN in canonical form where they are right.
        about: what the password must have nothing to do with: username, codice fiscale; for the
            weighing of its strength.
    """

    session_id: UUID
    which: SecretField
    text: str = field(repr=False)
    about: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class ForgetSecrets:
    """Wipe what was kept of these fields; the ticket too where it is said.

    Attributes:
        fields: which.
        ticket: whether the person has left the procedure that the codes opened.
    """

    fields: tuple[SecretField, ...] = tuple(SecretField)
    ticket: bool = True


@dataclass(frozen=True, slots=True)
class ShowCodes:
    """Show the hub the codes that are kept; `CodesAccepted`, `CodesDenied` or `CodesUnchecked`.

    Code and PIN are kept after a denial, so that one of them can be typed anew, and wiped when the
    ticket is there.

    Attributes:
        session_id: repeated by the answer.
        codice_fiscale: canonical.
        with_pin: False for a revocation, whose code stands alone.
    """

    session_id: UUID
    codice_fiscale: str = field(repr=False)
    with_pin: bool


@dataclass(frozen=True, slots=True)
class AbandonCodes:
    """The person does not wait any more for the hub; its answer will be ignored.

    Ends `ShowCodes` and `ProposeUsername`.
    """


@dataclass(frozen=True, slots=True)
class ProposeUsername:
    """Ask whether a username is free; `UsernameFree`, `UsernameDenied` or `UsernameUnchecked`."""

    session_id: UUID
    username: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Conclude:
    """Record the end of the procedure: `ActRecorded` or `ActNotRecorded`, then `OutcomeTold`.

    The runtime makes the `Conclusion`: with the ticket, and with the digests of password and answer
    where `username` is given. Idempotent on `operation_id`.

    Attributes:
        session_id: repeated by the answers.
        operation_id: likewise.
        kind: as `CodesAccepted` told.
        accepted: names and versions of the texts that the person accepted.
        username: None where username and password stay as they are.
        question: the secret question, or the key of one on offer, which is kept as it was read;
            empty without a username.
        language: `it` or `en`.
        for_another: a representative acts for the represented person (R-003-74).
    """

    session_id: UUID
    operation_id: UUID
    kind: OperationKind
    accepted: tuple[str, ...]
    username: str | None = field(repr=False)
    question: str = field(repr=False)
    language: str
    for_another: bool


HomeEffect = KeepSecret | ForgetSecrets | ShowCodes | AbandonCodes | ProposeUsername | Conclude
