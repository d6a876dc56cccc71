"""Texts of codes, and keyboards that may be hand scanners."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Final

from kiosk.flows.scanned import codice_fiscale_in, registration_number_in, scan_sheet_in
from kiosk.screens.hand_scanner import (
    FEWEST_KEYS,
    Dropped,
    HandScanner,
    Held,
    Key,
    Layout,
    Outcome,
    Passed,
    Scanned,
    Suffix,
)
from sync.model import codice_fiscale, registration_number
from sync.model.errors import Problem
from sync.wire import canonical, cose
from sync.wire.canonical import Malformed
from sync.wire.proof import (
    KEY_ID_BYTES,
    PREFIX,
    PURPOSE,
    Proof,
    base45,
    from_base45,
    make_proof,
    read_proof,
    verify,
)
from sync.wire.signer import SoftwareSigner

_LONGEST_KEYS: Final = 4400


@cache
def _signer() -> SoftwareSigner:
    return SoftwareSigner.generate()


def texts(data: bytes) -> None:
    """The first byte says what the rest is: a text, bytes of a proof, or what one would sign."""
    which, rest = (data[0] % 3, data[1:]) if data else (0, b"")
    if from_base45(base45(rest)) != rest:
        raise AssertionError("Base45 does not come back")
    if which == 2 and len(rest) < 0x1000:
        signed = cose.sign(PURPOSE, rest, _signer(), key_id=_signer().key_id[:KEY_ID_BYTES])
        rest = signed.data
    text = rest.decode("utf-8", "replace") if which == 0 else PREFIX + base45(rest)
    proof = read_proof(text)
    if isinstance(proof, Proof):
        if which == 2 and not verify(proof, _signer().verifying_key):
            raise AssertionError("a proof that cannot be proven")
        if len(proof.registration_number) != 9 or len(proof.operation_hash) != 32:
            raise AssertionError("no proof")
    try:
        if base45(from_base45(text)) != text:
            raise AssertionError("Base45 of several forms")
    except Malformed:
        pass
    _meant(text)


def _meant(text: str) -> None:
    code = codice_fiscale_in(text)
    if code is not None:
        parsed = codice_fiscale.parse(code)
        if isinstance(parsed, Problem) or parsed.text != code or len(code) != 16:
            raise AssertionError("no codice fiscale")
    number = registration_number_in(text)
    if number is not None:
        again = registration_number.parse(number)
        if isinstance(again, Problem) or again.text != number:
            raise AssertionError("no registration number")
    scan_sheet_in(text)


def texts_seeds() -> Iterable[bytes]:
    number = "222222222"
    made = make_proof(
        registration_number=number,
        recorded_at=1_800_000_000_000,
        operation_hash=bytes(32),
        station="kiosk-0001",
        signer=_signer(),
    )
    yield b"\0" + made.encode()
    yield b"\1" + from_base45(made.removeprefix(PREFIX))
    yield b"\2" + canonical.encode([1, number, 1_800_000_000_000, bytes(32), "kiosk-0001"])
    yield b"\0]A0*XXXXXX00A01L219C*"
    yield b"\0SPORTELLO TEST QR"
    yield b"\0\xef\xbc\x91" + number.encode()


_ENDS: Final = {0x0A: "enter", 0x09: "tab", 0x08: "backspace"}


def keys(data: bytes) -> None:
    """Keys and the milliseconds before each: none is lost, none comes twice, none stays."""
    which, rest = (data[0], data[1:]) if data else (0, b"")
    scanner = HandScanner(
        ("", "§", "SPT1:")[which % 3],
        list(Suffix)[which // 3 % 3],
        list(Layout)[which // 9 % 3],
    )
    pending: list[Key] = []
    at, due = 0.0, float("inf")
    for byte, pause in zip(rest[::2], rest[1::2], strict=False):
        at += pause / 500
        if due <= at:
            due = _settled(scanner.rest(due), pending, due)
        name = _ENDS.get(byte, "")
        key = Key("" if name else chr(byte), name)
        outcome = scanner.key(key, at, late=1.0 if byte == 0xFF else 0.0)
        if name and outcome == Passed(()):
            continue  # a scanner's second suffix
        pending.append(key)
        due = _settled(outcome, pending, at)
    _settled(scanner.rest(at + 1), pending, at)
    if scanner.holds or pending:
        raise AssertionError("keys stay behind")


def _settled(outcome: Outcome, pending: list[Key], at: float) -> float:
    """Check what became of the keys that were held; gives when to look again."""
    match outcome:
        case Held(seconds):
            if not 0 < seconds < 1 or len(pending) > _LONGEST_KEYS:
                raise AssertionError("held for too long")
            return at + seconds + 1e-6
        case Passed(passed):
            # Behind a heap of keys, or near a scan, an ending key presses nothing.
            ended = len(pending) > 1 and pending[-1].name in {"enter", "tab"}
            if list(passed) not in ([pending, pending[:-1]] if ended else [pending]):
                raise AssertionError("other keys than were typed")
        case Scanned():
            if len(pending) < FEWEST_KEYS:
                raise AssertionError("a person's keys were taken")
        case Dropped():
            ended = len(pending) > 2 and pending[-1].name in {"enter", "tab"}
            if len(pending) < FEWEST_KEYS and not ended:
                raise AssertionError("a person's keys were taken")
    pending.clear()
    return float("inf")


def keys_seeds() -> Iterable[bytes]:
    def typed(text: str, pause: int, end: bytes = b"\n") -> bytes:
        return b"".join(bytes([ord(each) & 0xFF, pause]) for each in text) + (
            end + b"\5" if end else b""
        )

    for which in (0, 1, 2, 3, 6, 9, 18):
        yield bytes([which]) + typed("XXXXXX00A01L219C", 5)
        yield bytes([which]) + typed("SPT1:ABCDEF", 5, b"\t") + typed("Rossi", 100, b"")
        yield bytes([which]) + typed("aaaaaaaaaaaa", 15, b"") + typed("XXXXXX00A0", 5, b"")
        yield bytes([which]) + typed("\xa7222222222", 9, b"\n\5\n")
