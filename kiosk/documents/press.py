"""The press: what is to be set, and the two things to ask of it.

WeasyPrint takes more than a second to import. That second must not come before the first screen,
so the typesetting is imported when it is first asked for; `preload` asks in the background.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kiosk.strings.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Sheet:
    """One language of one document, ready to be laid out; it starts on a new page.

    Attributes:
        template: file name below `templates/`.
        catalogue: the texts; its language is stated in the page for screen readers.
        values: what the template shows beside the catalogue's texts. Strings are escaped.
        pictures: PNG files that the template shows as `sportello:picture/<name>`.
        again: whether it is marked as a reprint.
    """

    template: str
    catalogue: Catalogue
    values: Mapping[str, object] = field(repr=False)
    pictures: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    again: bool = False


def typeset(sheets: Sequence[Sheet], *, created: datetime) -> bytes:
    """Lay out `sheets` one after the other and return one PDF/UA-1 file.

    The first sheet gives the file's title and language; a later one in another language is
    tagged with its own. `created` (aware) becomes the creation date. The same input gives the
    same bytes. Safe to call from any thread; calls queue.
    """
    from kiosk.documents import typesetting  # noqa: PLC0415  # see above

    return typesetting.typeset(sheets, created=created)


def preload() -> None:
    """Do now, in any thread, what the first page would do late.

    Takes about one and a half seconds of a processor once; later calls do nothing.
    """
    from kiosk.documents import typesetting  # noqa: PLC0415  # see above

    typesetting.preload()
