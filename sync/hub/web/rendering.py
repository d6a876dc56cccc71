"""Templates, languages and what every answer has in its head."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from sync.texts.catalogue import Catalogue
from sync.texts.reading import LANGUAGES

HEADERS: Final = (
    (
        b"content-security-policy",
        (
            b"default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
            b" frame-ancestors 'none'"
        ),
    ),
    (b"referrer-policy", b"no-referrer"),  # the address of a page may be the secret
    (b"x-content-type-options", b"nosniff"),
    (b"x-robots-tag", b"noindex, nofollow"),
    (b"cache-control", b"no-store"),
)
"""Of every answer, whatever it is."""


class Renderer:
    """Makes pages of templates."""

    def __init__(self, authority: str) -> None:
        """Reads the texts; `authority` is whose pages they are."""
        self._authority = authority
        self._templates = Environment(
            loader=FunctionLoader(_template),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        folder = files(__package__) / "texts"
        self._texts = {
            language: Catalogue(language, folder.joinpath(f"{language}.po"))
            for language in LANGUAGES
        }

    def texts(self, language: str) -> Catalogue:
        """What the pages say in a language."""
        return self._texts[language]

    def text(self, name: str, language: str, path: str, values: Mapping[str, object]) -> str:
        """The page of a template, for the address `path`."""
        return self._templates.get_template(name).render(
            authority=self._authority,
            language=language,
            other=other_language(language),
            root="../" * (path.count("/") - 1) or "./",
            t=self._texts[language].text,
            **values,
        )

    def page(
        self, request: Request, name: str, language: str, status: int = 200, **values: object
    ) -> HTMLResponse:
        """The same as an answer."""
        return HTMLResponse(self.text(name, language, request.url.path, values), status)


def other_language(language: str) -> str:
    """The one that a page offers beside its own."""
    return next(one for one in LANGUAGES if one != language)


def language_of(request: Request, known: str | None = None) -> str:
    """The one asked for, else the person's, else the browser's first that there is."""
    for choice in (request.query_params.get("lang"), known):
        if choice in LANGUAGES:
            return choice
    for part in request.headers.get("accept-language", "").split(","):
        prefix = part.strip()[:2].lower()
        if prefix in LANGUAGES:
            return prefix
    return LANGUAGES[0]


def _template(name: str) -> str | None:
    path = files(__package__) / "templates" / name
    return path.read_text(encoding="utf-8") if path.is_file() else None
