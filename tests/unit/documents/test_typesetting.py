"""What holds for every page: accessible, the same everywhere, closed, quiet."""

from __future__ import annotations

import hashlib
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, Self

import pytest
from pypdf import PdfReader
from pypdf.generic import ContentStream, DictionaryObject

from kiosk.documents import press
from kiosk.documents.applicant import Applicant
from kiosk.documents.counter_forms import regulation_form, revocation_request
from kiosk.documents.counter_summary import counter_summary
from kiosk.documents.forms import delegation_module, substitutive_declaration, summary_page
from kiosk.documents.letters import pin_letter
from kiosk.documents.readiness import readiness_report
from kiosk.documents.receipt import receipt_page, receipt_slip
from kiosk.documents.test_sheet import printer_test_page
from kiosk.flows.office import OfficeInfo
from kiosk.flows.receipt import Receipt
from kiosk.strings.catalogue import Catalogue
from tests.unit.documents.acts import report_of
from tests.unit.documents.counter_samples import LONGEST_ONE, PIN, USUAL, registration_of
from tests.unit.documents.pages import catalog, elements, open_pdf, words
from tests.unit.documents.samples import (
    FULL,
    LONGEST,
    MARKUP,
    ODD,
    OFFICE,
    PLAIN,
    receipt_of,
    strange,
)

Compose = Callable[[Receipt, OfficeInfo, Catalogue], bytes]
PAGES: list[Compose] = [receipt_page, summary_page, delegation_module, substitutive_declaration]
FORMS = PAGES[2:]


def try_out(receipt: Receipt, office: OfficeInfo, catalogue: Catalogue) -> bytes:
    return printer_test_page(office, catalogue, receipt.recorded_at)


def report(_: Receipt, office: OfficeInfo, catalogue: Catalogue) -> bytes:
    return readiness_report(report_of(language=catalogue.language), office, catalogue, again=True)


def envelope_letter(_: Receipt, office: OfficeInfo, catalogue: Catalogue) -> bytes:
    return pin_letter(OF_COUNTER, bytearray(PIN), office, catalogue)


def counter_page(_: Receipt, office: OfficeInfo, catalogue: Catalogue) -> bytes:
    return counter_summary(OF_COUNTER, office, catalogue, case="CASE", operator="Anna Verdi")


def regulation(_: Receipt, office: OfficeInfo, catalogue: Catalogue) -> bytes:
    return regulation_form(APPLICANT, office, catalogue, made_at=OF_COUNTER.made_at)


def revocation(_: Receipt, office: OfficeInfo, catalogue: Catalogue) -> bytes:
    return revocation_request(APPLICANT, office, catalogue, made_at=OF_COUNTER.made_at)


OF_COUNTER = replace(USUAL, registration=LONGEST_ONE, delegation=LONGEST.delegation)
APPLICANT = Applicant.of(LONGEST_ONE)
OTHERS: list[Compose] = [
    *(try_out, report),
    *(envelope_letter, counter_page, regulation, revocation),
]
"""Pages that are no registration's."""
LANGUAGES = ["it", "en"]

every_page = pytest.mark.parametrize(
    ("compose", "language"),
    list(product(PAGES, LANGUAGES)),
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
any_page = pytest.mark.parametrize(
    ("compose", "language"),
    list(product([*PAGES, *OTHERS], LANGUAGES)),
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)


class Ear(logging.Handler):
    """Hears what a logger passes on."""

    def __init__(self, logger: logging.Logger, level: int) -> None:
        super().__init__(level)
        self.heard: list[str] = []
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(f"{record.name}: {record.getMessage()}")

    def __enter__(self) -> Self:
        self._logger.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What WeasyPrint would say aloud; it must have nothing to say."""
    press.preload()
    with Ear(logging.getLogger("weasyprint"), logging.WARNING) as ear:
        yield ear.heard


@any_page
def test_a_page_is_tagged_titled_and_in_a_stated_language(compose: Compose, language: str) -> None:
    reader = open_pdf(compose(receipt_of(FULL), OFFICE, Catalogue.load(language)))
    root = catalog(reader)
    assert root["/Lang"] == language
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title
    assert b"<pdfuaid:part>1" in root["/Metadata"].get_data() or (
        b'pdfuaid:part="1"' in root["/Metadata"].get_data()
    )


@every_page
def test_a_screen_reader_finds_one_main_title_then_sections_in_order(
    compose: Compose, language: str
) -> None:
    tags = [e.tag for e in elements(compose(receipt_of(FULL), OFFICE, Catalogue.load(language)))]
    sheets = 2 if language == "en" and compose in FORMS else 1
    assert tags.count("/H1") == sheets
    assert tags.count("/H2") >= 3 * sheets
    assert not {"/H3", "/H4"} & set(tags)
    assert tags.index("/H1") < tags.index("/H2")


@any_page
def test_pictures_have_words_and_cells_know_their_headers(compose: Compose, language: str) -> None:
    for element in elements(compose(receipt_of(FULL), OFFICE, Catalogue.load(language))):
        if element.tag == "/Figure":
            assert len(element.attributes["/Alt"]) > 10
        if element.tag == "/TD":
            assert element.attributes["/A"]["/Headers"]


@any_page
def test_whatever_is_drawn_is_in_the_tree_of_tags_or_an_artifact(
    compose: Compose, language: str
) -> None:
    pdf = compose(receipt_of(LONGEST), OFFICE, Catalogue.load(language))
    reader = open_pdf(pdf)
    tree: dict[int, set[int]] = {}
    for element in elements(pdf):
        if element.marks:
            page = element.attributes.raw_get("/Pg").idnum
            tree.setdefault(page, set()).update(element.marks)
    for page in reader.pages:
        marks, artifacts, loose = _content(page, reader)
        assert page.indirect_reference is not None
        assert marks == tree[page.indirect_reference.idnum]
        assert loose == 0
        assert artifacts.count("/Pagination") >= 2  # number and count of pages, at the foot


def _content(page: Any, reader: PdfReader) -> tuple[set[int], list[str], int]:
    """Marks of content, types of artifacts, and how many texts are drawn outside of either."""
    stream = ContentStream(page["/Contents"], reader)
    marks: set[int] = set()
    artifacts: list[str] = []
    depth = loose = 0
    for operands, operator in stream.operations:
        if operator in (b"BDC", b"BMC"):
            depth += 1
            if operands[0] == "/Artifact":
                properties = operands[1] if len(operands) > 1 else DictionaryObject()
                artifacts.append(str(properties.get("/Type", "")))
            else:
                marks.add(int(operands[1]["/MCID"]))
        elif operator == b"EMC":
            depth -= 1
        elif operator in (b"TJ", b"Tj") and depth == 0:
            loose += 1
    return marks, artifacts, loose


@pytest.mark.parametrize("compose", [delegation_module, substitutive_declaration])
def test_the_italian_part_of_an_english_file_says_that_it_is_italian(compose: Compose) -> None:
    found = elements(compose(receipt_of(LONGEST), OFFICE, Catalogue.load("en")))
    languages = [e.attributes.get("/Lang") for e in found if e.tag == "/Art"]
    assert languages == [None, None, "it", "it"]  # each of the two forms takes two pages


@every_page
def test_only_our_own_fonts_are_used_and_all_are_in_the_file(
    compose: Compose, language: str
) -> None:
    pdf = compose(receipt_of(strange(ODD)), OFFICE, Catalogue.load(language))
    names = set()
    fonts: list[Any] = [p["/Resources"] for p in open_pdf(pdf).pages]
    for resources in fonts:
        for font in resources["/Font"].values():
            (descendant,) = font.get_object()["/DescendantFonts"]
            descriptor = descendant.get_object()["/FontDescriptor"]
            assert "/FontFile2" in descriptor
            names.add(str(descriptor["/FontName"]).partition("+")[2].partition("-")[0])
    assert names <= {"Titillium", "Noto"}


@every_page
@pytest.mark.parametrize("text", [ODD, MARKUP, "x" * 300], ids=["odd", "markup", "endless"])
def test_whatever_was_typed_is_shown_and_nothing_is_said_about_it(
    compose: Compose, language: str, text: str, complaints: list[str]
) -> None:
    pdf = compose(receipt_of(strange(text)), OFFICE, Catalogue.load(language))
    assert complaints == []
    seen = "".join(words(pdf).split())
    if text != ODD:
        assert "".join(text.split()) in seen
    else:
        assert "Nguyễn" in seen
        assert "�" in seen
        assert "עולם" not in seen


@pytest.mark.parametrize("text", [ODD, MARKUP, "x" * 300], ids=["odd", "markup", "endless"])
def test_papers_of_a_counter_show_what_was_typed_and_say_nothing_about_it(
    text: str, complaints: list[str]
) -> None:
    registration = registration_of(strange(text))
    occasion = replace(USUAL, registration=registration, delegation=strange(text).delegation)
    applicant = Applicant.of(registration)
    italian = Catalogue.load("it")
    papers = (
        pin_letter(occasion, bytearray(PIN), OFFICE, italian),
        counter_summary(occasion, OFFICE, italian, case="CASE", operator=text),
        regulation_form(applicant, OFFICE, italian, made_at=occasion.made_at),
        revocation_request(applicant, OFFICE, italian, made_at=occasion.made_at, by_post=True),
    )
    assert complaints == []
    for paper in papers[1:]:
        seen = "".join(words(paper).split())
        assert ("Nguyễn" if text == ODD else "".join(text.split())) in seen


def test_names_of_every_language_in_latin_script_are_drawn_as_they_are(
    complaints: list[str],
) -> None:
    names = "Žižek Łukasz Şahin Nguyễn Ọlá Ḥasan Ĳsbrand Þóra Ñuñez Œuvre ẞ Ạ̈"
    pdf = summary_page(receipt_of(strange(names)), OFFICE, Catalogue.load("it"))
    assert complaints == []
    assert names in words(pdf)


def test_nothing_that_weasyprint_says_reaches_the_logs_of_the_kiosk() -> None:
    press.preload()
    with Ear(logging.getLogger(), logging.DEBUG) as root:
        logging.getLogger("weasyprint").warning("a datum of a person")
        logging.getLogger("weasyprint.progress").warning("a datum of a person")
    assert root.heard == []


@every_page
def test_no_network_and_no_name_is_ever_asked(
    compose: Compose, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        pytest.fail("a page asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    lure = '"><img src="http://example.org/x.png"><link rel=stylesheet href="file:///etc/passwd">'
    compose(receipt_of(strange(lure)), OFFICE, Catalogue.load(language))


_DIGESTS = """
from tests.unit.documents.test_typesetting import digests
print(digests())
"""


def digests() -> str:
    receipt = receipt_of(FULL, proof="SPT1:" + "A" * 300)
    catalogues = [Catalogue.load(language) for language in LANGUAGES]
    papers = [c(receipt, OFFICE, k) for c in (*PAGES, receipt_slip) for k in catalogues]
    return " ".join(hashlib.sha256(paper).hexdigest() for paper in papers)


def test_the_same_input_gives_the_same_bytes_in_any_process() -> None:
    here = digests()
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "TZ": "Pacific/Auckland"}
    there = subprocess.run(
        [sys.executable, "-c", _DIGESTS],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout.strip() == here
    assert digests() == here


def test_two_threads_get_their_own_pages() -> None:
    results: dict[str, bytes] = {}

    def compose(language: str) -> None:
        results[language] = receipt_page(receipt_of(), OFFICE, Catalogue.load(language))

    threads = [threading.Thread(target=compose, args=(language,)) for language in LANGUAGES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for language in LANGUAGES:
        assert results[language] == receipt_page(receipt_of(), OFFICE, Catalogue.load(language))


def test_a_paper_shows_no_datum_in_its_repr() -> None:
    sheet = press.Sheet("x.html", Catalogue.load("it"), {"person": "Maria"}, {"qr": b"Maria"})
    assert "Maria" not in repr(sheet)


def test_the_kiosk_starts_without_loading_the_press() -> None:
    program = (
        "import sys, kiosk.documents.receipt, kiosk.documents.counter_forms\n"
        "print('weasyprint' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert out.stdout.strip() == b"False"


@every_page
def test_a_page_takes_well_under_three_tenths_of_a_second(compose: Compose, language: str) -> None:
    catalogue = Catalogue.load(language)
    press.preload()
    taken = []
    for _ in range(5):
        start = time.process_time()
        compose(receipt_of(FULL), OFFICE, catalogue)
        taken.append(time.process_time() - start)
    assert min(taken) < 0.3


MEASURE = """
from kiosk.documents import press
from kiosk.documents.applicant import Applicant
from kiosk.documents.counter_forms import regulation_form, revocation_request
from kiosk.documents.counter_summary import counter_summary
from tests.unit.documents.test_typesetting import pages_after
press.preload()
print(pages_after(30), pages_after(100))
"""


def test_a_hundred_pages_leave_no_memory_behind() -> None:
    # In a process of its own: what other tests left to be freed is not this one's.
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            MEASURE,
        ],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    before, after = map(int, told.stdout.split())
    assert after - before < 8 * 1024  # KiB


def pages_after(count: int) -> int:
    """KiB that this process holds when so many pages were made."""
    for _ in range(count):
        receipt_page(receipt_of(PLAIN), OFFICE, Catalogue.load("it"))
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123  # not a file
        (line,) = (line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1])
