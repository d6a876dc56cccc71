"""What the trouble of one contact says of the card, so that the reading knows how to go on."""

from __future__ import annotations

from typing import Final

from hw.errors import DeviceTrouble, TroubleKind

NEVER_ANSWERED: Final = DeviceTrouble(
    TroubleKind.PROTOCOL, "card.unresponsive", (("answers", "0"),)
)
"""The card took a command and has not answered it, nor any before."""
ANOTHER: Final = frozenset(
    {"document.unknown-card", "document.not-identity-document", "document.changed"}
)
"""Not the document that is looked for."""
WRONG_KEY: Final = frozenset({"document.wrong-key"})
"""Not the document that the key is of, or a slip of the finger."""
SILENT: Final = frozenset({"card.unresponsive", "reader.busy"})
"""Something lies there, and cannot be talked to."""
LOST: Final = frozenset(
    {
        "card.absent",
        "card.removed",
        "card.unresponsive",
        "reader.absent",
        "reader.busy",
        "reader.service-absent",
    }
)
"""Contact was lost, or not made: it may come again."""
STUMBLED: Final = frozenset(
    {
        "card.protocol",
        "card.secure-messaging",
        "reader.failed",
        "document.access-refused",
        "document.pace-broken",
        "document.proof-failed",
        "document.zone-needed",
    }
)
"""What weak contact can do as well as a broken chip."""


def rank(trouble: DeviceTrouble) -> int:
    """Of several cards' troubles, that of the likeliest identity document is told."""
    order = (
        "document.wrong-key",
        "document.not-identity-document",
        "document.unknown-card",
    )
    return order.index(trouble.code) if trouble.code in order else len(order)
