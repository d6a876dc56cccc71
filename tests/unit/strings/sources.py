"""What the source code says of texts: the keys that it uses, the codes that it gives."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from hw.paper import PrinterCondition
from kiosk.flows.document_check import Property
from kiosk.flows.entries import DatePart

ROOT: Final = Path(__file__).parents[3]
STRINGS: Final = ROOT / "kiosk" / "strings"
SHARED_TEXTS: Final = ROOT / "sync" / "texts"
FAMILIES: Final = (
    *("card", "document", "document-trust", "token", "reader", "printer", "speaker"),
    *("fingerprint", "camera", "barcode", "usb", "device", "service"),
    *("key", "store", "trust", "draft", "link", "journal", "roster"),
    *("standing", "endpoint", "enrolment", "station-list", "signed-list", "vault", "courier"),
)
"""First parts of the failure codes."""

_CODE: Final = re.compile(rf"(?:{'|'.join(FAMILIES)}|kiosk)\.[a-z]+(?:-[a-z]+)*")
_REASON: Final = re.compile(
    rf"(?:{'|'.join(what.value for what in Property)}|nis)\.[a-z0-9]+(?:-[a-z0-9]+)*"
)
_FAMILY_START: Final = re.compile(rf"(?:{'|'.join(FAMILIES)})\.")
_GIVES_CODES: Final = re.compile(r"(.*_steps|papers|readiness)\.py")
_COMPOSED: Final = {"printer.": PrinterCondition}
"""The enumeration whose values follow the start of a composed code."""
_FILE_ENDINGS: Final = (".db", ".pem", ".key", ".toml", ".cose", ".form")
_NOT_FAILURES: Final = {
    "link.up",
    "roster.taken",
    "roster.shape",
    "draft.restored",
    "draft.dropped",
    "draft.unavailable",
}
"""Names of the same look: the state of a link that is well, and events of the log."""


def entries(language: str, folder: Path = STRINGS) -> dict[str, tuple[str, ...]]:
    """Every key of a catalogue with its texts, one for each plural form."""
    with (folder / f"{language}.po").open("rb") as stream:
        catalog: Catalog = read_po(stream, locale=language, abort_invalid=True)
    return {_key(message): _texts(message) for message in catalog if message.id}


def _key(message: Message) -> str:
    return message.id[0] if isinstance(message.id, tuple | list) else str(message.id)


def _texts(message: Message) -> tuple[str, ...]:
    texts = message.string
    return tuple(texts) if isinstance(texts, tuple | list) else (texts or "",)


@functools.cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def modules(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    """The parsed Python files below folders of the repository."""
    for folder in folders:
        place = ROOT / folder
        for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
            yield path, _parsed(path)


def used_keys() -> tuple[set[str], set[str]]:
    """Texts that the kiosk may ask for: plain strings, and patterns of composed ones."""
    plain: set[str] = set()
    patterns: set[str] = set()
    for path, tree in modules("kiosk"):
        if path.parent.name == "strings":
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                plain.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                patterns.add(_pattern(node))
    for template in sorted((ROOT / "kiosk" / "documents").rglob("*.html")):
        plain |= set(re.findall(r"[\"']([a-z][a-z0-9.-]+)[\"']", template.read_text("utf-8")))
        # A Jinja text composed with ~ : "document.field." ~ name
        patterns |= {
            re.escape(start) + ".+"
            for start in re.findall(
                r"[\"']([a-z][a-z0-9.-]+\.)[\"'] *~", template.read_text("utf-8")
            )
        }
    return plain, patterns


def _pattern(composed: ast.JoinedStr) -> str:
    return "".join(
        re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+"
        for part in composed.values
    )


def outbox_keys() -> set[str]:
    """What the outbox says of an entry: why, what releases it, who can act."""
    tree = ast.parse((ROOT / "sync" / "edge" / "outbox.py").read_text("utf-8"))
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.startswith("outbox.")
    }


def said_keys() -> set[str]:
    """Keys that are given as they stand to what says a text."""
    return {
        str(call.args[0].value)
        for _path, tree in modules("kiosk")
        for call in _calls(tree, "phrase", "Phrase", "words", "action")
        if call.args and isinstance(call.args[0], ast.Constant)
    }


def problem_codes() -> set[str]:
    """Codes of problems, and those that the tests of a date's parts compose."""
    return {
        str(call.args[0].value)
        for _path, tree in modules("sync/model", "sync/wire", "sync/edge", "kiosk")
        for call in _calls(tree, "Problem")
        if call.args and isinstance(call.args[0], ast.Constant)
    } | {f"date.{part.value}-missing" for part in DatePart}


def refusal_codes() -> set[str]:
    """Codes with which the hub refuses an operation, besides those of problems of the model."""
    found: set[str] = set()
    for path, tree in modules("sync/hub"):
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        }
        names = ("Refused", "Problem") if "console" in path.parts else ("Refused",)
        for call in _calls(tree, *names):
            code = call.args[0] if call.args else None
            if isinstance(code, ast.Constant):
                found.add(str(code.value))
            elif isinstance(code, ast.Name) and code.id in constants:
                found.add(str(constants[code.id]))
    return found


def remedy_keys() -> set[str]:
    """What the hub says may be done about a refusal."""
    return _strings(re.compile(r"remedy\.[a-z-]+"), "sync/hub")


def verdict_reasons() -> set[str]:
    """Why something of a document is proven, refuted or neither."""
    return _strings(_REASON, "hw", "kiosk/flows")


def _strings(form: re.Pattern[str], *folders: str) -> set[str]:
    """Strings of a form in the code of folders."""
    return {
        node.value
        for _path, tree in modules(*folders)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and form.fullmatch(node.value)
    }


@functools.cache
def failure_places() -> dict[str, set[str]]:
    """Every failure code with the parts of the program that give it, `hw/printer`.

    Found in the syntax trees: strings of a code's form, and codes that are composed of a family and
    the values of an enumeration or of a tuple. What `Malformed` carries is not among them: it tells
    a programmer which bytes were wrong, and whoever catches it gives a code of its own.
    """
    found: dict[str, set[str]] = {}
    for path, tree in modules("hw", "sync/edge", "sync/wire", "kiosk/runtime", "kiosk/app.py"):
        if path.name == "log_events.py":
            continue
        for code in {*_literal_codes(tree), *composed_codes(path, tree)}:
            found.setdefault(code, set()).add(_part(path))
    for path, tree in modules("kiosk/flows"):
        if not _GIVES_CODES.fullmatch(path.name):
            continue
        # Pages have keys that look like codes; a code of a flow stands at the top of its module.
        tops = [node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)]
        for code in {code for top in tops for code in _literal_codes(top)}:
            found.setdefault(code, set()).add(_part(path))
    return found


def failure_codes() -> set[str]:
    """Every failure code of the program."""
    return set(failure_places())


def _part(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    return "/".join(parts[:2]).removesuffix(".py")


def _literal_codes(tree: ast.AST) -> set[str]:
    inner = {
        id(argument) for call in _calls(tree, "Malformed", "startswith") for argument in call.args
    }
    texts = {
        node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str | bytes)
        and id(node) not in inner
    }
    return {
        text
        for text in texts
        if _CODE.fullmatch(text) and not text.endswith(_FILE_ENDINGS) and text not in _NOT_FAILURES
    }


def composed_codes(path: Path, tree: ast.AST) -> set[str]:
    """Codes of f-strings such as `f"printer.{condition.value}"`.

    Raises:
        AssertionError: one of which the tests cannot tell what it may become.
    """
    tuples = {
        generator.target.id: [
            str(entry.value)
            for entry in ast.walk(generator.iter)
            if isinstance(entry, ast.Constant)
        ]
        for node in ast.walk(tree)
        if isinstance(node, ast.GeneratorExp | ast.SetComp | ast.ListComp)
        for generator in node.generators
        if isinstance(generator.target, ast.Name)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.JoinedStr) or not isinstance(node.values[0], ast.Constant):
            continue
        start = str(node.values[0].value)
        if not _FAMILY_START.fullmatch(start) or len(node.values) != 2:
            continue
        last = node.values[1]
        assert isinstance(last, ast.FormattedValue)
        match last.value:
            case ast.Attribute(attr="value") if start in _COMPOSED:
                found |= {f"{start}{member.value}" for member in _COMPOSED[start]}
            case ast.Name(id=name) if tuples.get(name):
                found |= {f"{start}{word}" for word in tuples[name]}
            case _:
                raise AssertionError(f"{path}:{node.lineno}: what may {ast.unparse(node)} become?")
    return found


def given_codes() -> dict[str, str]:
    """What is given to a trouble as its code where it stands, with its place."""
    found: dict[str, str] = {}
    for path, tree in modules("hw", "sync/edge", "kiosk"):
        for call in _calls(tree, "DeviceTrouble", "StoreTrouble", "TrustTrouble"):
            named = [word.value for word in call.keywords if word.arg == "code"]
            for argument in [*call.args, *named]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    found[argument.value] = f"{path.relative_to(ROOT)}:{call.lineno}"
    return found


def _calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    """Calls of functions or classes of these names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else ""
            name = function.id if isinstance(function, ast.Name) else name
            if name in names:
                yield node
