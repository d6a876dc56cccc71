"""Scans for the flows: what a code means, what is asked of the scanner, what is answered."""

from __future__ import annotations

import threading
from collections.abc import Callable
from uuid import uuid4

import pytest

from hw.errors import DeviceTrouble, TroubleKind
from hw.pictures import BarcodeReading, Frame, Symbology
from kiosk.flows.effects import ScanPurpose
from kiosk.flows.events import BarcodeRead, Event, ScanFailed
from kiosk.flows.scanned import (
    TEST_CODICE_FISCALE,
    TEST_TEXT,
    codice_fiscale_in,
    registration_number_in,
    scan_sheet_in,
)
from kiosk.runtime.scanning import Scanning
from sync.model.registration_number import issue
from sync.wire.proof import PREFIX, make_proof
from tests.unit.wire.material import OURS

CF = "RSSMRA80A01H501U"
OTHER = "MRTMRA83T56A269B"
NUMBER = issue(17, 4711).text
SESSION = uuid4()


def proof(number: str = NUMBER, recorded_at: int = 1_790_000_000_000) -> str:
    return make_proof(
        registration_number=number,
        recorded_at=recorded_at,
        operation_hash=bytes(32),
        station="kiosk-0001",
        signer=OURS.station,
    )


class Desk:
    """A scanner that sees the texts it is given, one after another."""

    def __init__(self, *texts: str, trouble: DeviceTrouble | None = None) -> None:
        self.texts = texts
        self.trouble = trouble
        self.wanted: frozenset[Symbology] = frozenset()
        self.waiting = threading.Event()
        self.over = threading.Event()

    def scan(
        self, wanted: frozenset[Symbology], accept: Callable[[str], bool]
    ) -> BarcodeReading | DeviceTrouble:
        self.wanted = wanted
        for text in self.texts:
            if accept(text):
                return BarcodeReading(text, Symbology.CODE_39, 3)
        if self.trouble is not None:
            return self.trouble
        self.waiting.set()
        self.over.wait(5)
        return DeviceTrouble(TroubleKind.REFUSED, "barcode.abandoned")

    def abandon(self) -> None:
        self.over.set()

    @property
    def preview(self) -> Desk:
        return self

    def latest(self, after: int = -1) -> Frame | None:  # noqa: ARG002 - the port's
        return None


@pytest.mark.parametrize(
    "text",
    [
        CF,
        CF.lower(),
        f"*{CF}*",
        f"]A0{CF}",
        f" {CF} ",
        f"%000000123456789 {CF} ROSSI  MARIO?",
        f"{CF};{CF}",
    ],
)
def test_a_codice_fiscale_is_found_alone_and_among_other_data(text: str) -> None:
    assert codice_fiscale_in(text) == CF


@pytest.mark.parametrize(
    "text",
    [
        "",
        "RSSMRA80A01H501V",  # its check character
        "RSSMRA80A32H501C",  # day 32, with the right check character
        "RSSMRA80A01H501",
        f"X{CF}",
        f"{CF}0",
        f"{CF} {OTHER}",  # two people's
        "00743110157",  # eleven digits with a right check: on every invoice
        "A" * 5000,
        f"{CF}\u0131",
    ],
)
def test_what_is_not_one_right_codice_fiscale_means_nothing(text: str) -> None:
    assert codice_fiscale_in(text) is None


def test_every_single_wrong_character_of_a_codice_fiscale_is_refused_or_told_as_itself() -> None:
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
    for place in range(16):
        for character in alphabet:
            wrong = CF[:place] + character + CF[place + 1 :]
            found = codice_fiscale_in(wrong)
            assert found in {None, wrong}
            if wrong != CF and place < 15:
                assert found is None or found[15] == CF[15]


def test_a_registration_number_is_read_from_a_receipt_and_bare() -> None:
    assert registration_number_in(proof()) == NUMBER
    assert registration_number_in(f"]Q1{proof()}\r\n") == NUMBER
    assert registration_number_in(NUMBER) == NUMBER
    assert registration_number_in(f"*{NUMBER}*") == NUMBER


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org",
        PREFIX,
        PREFIX + "AAAA",
        proof(number="222222222"),  # its check character
        NUMBER[:-1] + ("2" if NUMBER[-1] != "2" else "3"),
        NUMBER[:-1],
        CF,
    ],
)
def test_what_is_no_registration_number_means_nothing(text: str) -> None:
    assert registration_number_in(text) is None


def test_the_sheet_is_known_by_its_own_texts() -> None:
    assert scan_sheet_in(TEST_CODICE_FISCALE) == TEST_CODICE_FISCALE
    assert scan_sheet_in(f"{TEST_TEXT} 2026") == f"{TEST_TEXT} 2026"
    assert scan_sheet_in(OTHER) is None


@pytest.mark.parametrize(
    ("purpose", "text", "value", "kinds"),
    [
        (ScanPurpose.CODICE_FISCALE, f"*{CF}*", CF, {Symbology.CODE_39}),
        (ScanPurpose.REGISTRATION_NUMBER, proof(), NUMBER, {Symbology.QR, Symbology.CODE_39}),
        (
            ScanPurpose.TEST_SHEET,
            TEST_TEXT,
            TEST_TEXT,
            {Symbology.QR, Symbology.CODE_39, Symbology.PDF_417},
        ),
    ],
)
def test_the_first_code_that_means_something_is_told(
    purpose: ScanPurpose, text: str, value: str, kinds: set[Symbology]
) -> None:
    told: list[Event] = []
    desk = Desk("4006381333931", "RSSMRA80A01H501V", text)
    Scanning(desk, told.append).scan(SESSION, purpose)
    assert told == [BarcodeRead(SESSION, purpose, value)]
    assert desk.wanted == kinds


def test_trouble_is_told_by_its_code_and_a_station_without_a_camera_says_so() -> None:
    told: list[Event] = []
    trouble = DeviceTrouble(TroubleKind.ABSENT, "camera.absent")
    Scanning(Desk(trouble=trouble), told.append).scan(SESSION, ScanPurpose.CODICE_FISCALE)
    Scanning(None, told.append).scan(SESSION, ScanPurpose.CODICE_FISCALE)
    assert told == [
        ScanFailed(SESSION, "camera.absent"),
        ScanFailed(SESSION, "barcode.no-scanner"),
    ]
    assert Scanning(None, told.append).preview is None


def test_an_abandoned_scan_ends_and_answers_nothing() -> None:
    told: list[Event] = []
    desk = Desk()
    scanning = Scanning(desk, told.append)
    thread = threading.Thread(target=scanning.scan, args=(SESSION, ScanPurpose.CODICE_FISCALE))
    thread.start()
    assert desk.waiting.wait(5)
    scanning.abandon()
    thread.join(5)
    assert not thread.is_alive()
    waiting = scanning.expect()
    scanning.abandon()
    scanning.scan(SESSION, ScanPurpose.CODICE_FISCALE, waiting)  # abandoned in the queue
    assert told == []
    scanning.stop()
