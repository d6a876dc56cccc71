"""Corrections of texts, as the hub signs them and stations take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sync.model.text_corrections import (
    FORMS,
    LANGUAGES,
    LONGEST_TEXT,
    MOST_CORRECTIONS,
    TextCorrection,
    faults,
)
from sync.wire import canonical, issued_list
from sync.wire.canonical import Malformed
from sync.wire.issued_list import Issued
from sync.wire.signer import Signer
from sync.wire.trust import HubTrust, TrustTrouble

PURPOSE: Final = "application/sportello-texts+cose"
MOST_BYTES: Final = 2 * 1024 * 1024
_LONGEST_KEY: Final = 120


@dataclass(frozen=True, slots=True)
class TextsList:
    """The list.

    Attributes:
        version: 1 for the first, one more for each after.
        issued: milliseconds since 1970, by the hub's clock.
        texts: sorted by key.
    """

    version: int
    issued: int
    texts: tuple[TextCorrection, ...]


def sign(texts: TextsList, hub: Signer) -> bytes:
    """The list as signed by the hub. Raises `ValueError` where no station takes it."""
    wrong = faults(texts.texts)
    if wrong:
        raise ValueError("; ".join(wrong[:5]))
    content = [
        [one.key, *([list(one.forms(language)) for language in LANGUAGES])]
        for one in sorted(texts.texts, key=lambda one: one.key)
    ]
    issued = Issued(texts.version, texts.issued, content)
    return issued_list.sign(PURPOSE, issued, hub, most=MOST_BYTES)


def load(data: bytes, hub: HubTrust, *, at_least: int = 0) -> TextsList | TrustTrouble:
    """The list in `data`; its texts are free of faults. Troubles as of `issued_list.load`."""
    return issued_list.load(PURPOSE, data, hub, _read, at_least=at_least, most=MOST_BYTES)


def own(data: bytes) -> TextsList:
    """A list that the hub itself keeps, not verified again. Raises `Malformed`."""
    return _read(issued_list.own(PURPOSE, data, most=MOST_BYTES))


def _read(found: Issued) -> TextsList:
    listed = canonical.items(found.content)
    if len(listed) > MOST_CORRECTIONS:
        raise Malformed("signed-list.content")
    texts = tuple(_correction(one) for one in listed)
    if faults(texts):
        raise Malformed("signed-list.content")
    return TextsList(found.version, found.issued, texts)


def _correction(plain: Any) -> TextCorrection:
    key, *languages = canonical.items(plain, exactly=1 + len(LANGUAGES))
    return TextCorrection(
        canonical.text(key, longest=_LONGEST_KEY), tuple(_forms(one) for one in languages)
    )


def _forms(plain: Any) -> tuple[str, ...]:
    forms = canonical.items(plain)
    if not 1 <= len(forms) <= FORMS:
        raise Malformed("signed-list.shape")
    return tuple(canonical.text(form, longest=LONGEST_TEXT) for form in forms)
