"""The service's first page, the five documents (R-003-84), and the texts to read at leisure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from sync.hub.web.rendering import Renderer, language_of, other_language
from sync.texts.acceptance import TextName
from sync.texts.reading import read

DOCUMENTS: Final = ("manual", "regulation", "revocation-request", "delegation", "declaration")
"""What R-003-84 names; a file is `manual.it.pdf`, or `manual.pdf` for every language."""

_WAYS: Final = (
    ("activate", "activate"),
    ("revoke", "revoke"),
    ("request", "revoke/request"),
    ("documents", "documents"),
)
_READ: Final = {"regulation": TextName.REGULATION, "privacy": TextName.PRIVACY}


@dataclass(frozen=True, slots=True)
class Offered:
    """A document on the page; `href` is empty where its file is not there."""

    name: str
    href: str
    kilobytes: int


class ServicePages:
    """Pages that only say something."""

    def __init__(self, renderer: Renderer, authority: str, folder: Path | None) -> None:
        """`folder` holds the documents, None where there are none to download."""
        self._renderer = renderer
        self._authority = authority
        self._folder = folder

    def service(self, request: Request) -> Response:
        """What can be done here."""
        language = language_of(request)
        return self._renderer.page(
            request,
            "home/service.html",
            language,
            title=self._renderer.texts(language).text("web.service.title"),
            ways=_WAYS,
        )

    def documents(self, request: Request) -> Response:
        """The five documents."""
        language = language_of(request)
        return self._renderer.page(
            request,
            "home/documents.html",
            language,
            title=self._renderer.texts(language).text("web.documents.title"),
            documents=[self._offered(name, language) for name in DOCUMENTS],
        )

    def document(self, request: Request) -> Response:
        """A text to read, or a file to download.

        Raises:
            HTTPException: 404, for a name that is none of ours.
        """
        name = request.path_params["name"]
        if name in _READ:
            language = language_of(request)
            text = read(_READ[name], language, self._authority)
            return self._renderer.page(
                request, "home/reading.html", language, title=text.title, text=text
            )
        path = self._file_named(name)
        if path is None:
            raise HTTPException(404)
        return FileResponse(path, media_type="application/pdf", filename=path.name)

    def _offered(self, name: str, language: str) -> Offered:
        for ending in (f".{language}.pdf", ".pdf", f".{other_language(language)}.pdf"):
            path = self._file_named(f"{name}{ending}")
            if path is not None:
                kilobytes = max(1, round(path.stat().st_size / 1024))
                return Offered(name, f"documents/{path.name}", kilobytes)
        return Offered(name, "", 0)

    def _file_named(self, name: str) -> Path | None:
        """The file of a document: only names that are ours lead to the disk."""
        stem, _, ending = name.partition(".")
        if self._folder is None or stem not in DOCUMENTS:
            return None
        if ending not in {"pdf", "it.pdf", "en.pdf"}:
            return None
        path = self._folder / name
        return path if path.is_file() else None
