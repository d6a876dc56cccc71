"""Files in the fewest exchanges, from chips that give them otherwise, and over lost contact."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.apdu.command import Command, Response
from hw.apdu.tlv import encode
from hw.cards.emrtd import lds
from hw.cards.emrtd.file_reading import FileReader, KeptFiles
from hw.cards.emrtd.lds import ElementaryFile
from hw.errors import DeviceTrouble, TroubleKind

SOD = encode(0x77, bytes(range(256)) * 8)
FACE = encode(0x75, b"\x5a" * 40_000)
REMOVED = DeviceTrouble(TroubleKind.REMOVED, "card.removed")


@dataclass
class Files:
    """Answers as a chip without secure messaging: files by short identifier.

    Attributes:
        files: contents.
        most: bytes it gives at once.
        short: it knows short identifiers.
        lost_at: number of the command at which it is lost.
        seen: the commands.
    """

    files: dict[int, bytes]
    most: int = 65536
    short: bool = True
    lost_at: int = 10_000
    seen: list[Command] = field(default_factory=list)
    current: bytes = b""

    def exchange(self, command: Command) -> Response | DeviceTrouble:
        self.seen.append(command)
        if len(self.seen) > self.lost_at:
            return REMOVED
        if command.ins == 0xA4:
            identifier = int.from_bytes(command.data, "big")
            short = 0x1D if identifier == 0x011D else identifier & 0xFF
            return self._choose(short) or Response(b"", 0x9000)
        offset = command.p1 << 8 | command.p2
        if command.ins == 0xB1:
            offset = int.from_bytes(command.data[2:], "big")
            return self._give(offset, (command.le or 0) - 5, wrapped=True)
        if command.p1 & 0x80:
            if not self.short:
                return Response(b"", 0x6A86)
            refused = self._choose(command.p1 & 0x1F)
            if refused is not None:
                return refused
            offset = command.p2
        return self._give(offset, command.le or 0)

    def _choose(self, short: int) -> Response | None:
        if short not in self.files:
            return Response(b"", 0x6A82)
        self.current = self.files[short]
        return None

    def _give(self, offset: int, size: int, *, wrapped: bool = False) -> Response:
        part = self.current[offset : offset + min(size, self.most)]
        status = 0x9000 if len(part) == size else 0x6282
        return Response(encode(0x53, part) if wrapped else part, status)


def kept_after(files: Files, file: ElementaryFile, most: int) -> tuple[KeptFiles, object]:
    kept = KeptFiles()
    return kept, FileReader(files, kept, most).read(file)


def code(outcome: object) -> str:
    assert isinstance(outcome, DeviceTrouble), outcome
    return outcome.code


@pytest.mark.parametrize(("most", "exchanges"), [(65536, 1), (1024, 3), (231, 9), (223, 10)])
def test_the_first_part_selects_and_sizes(most: int, exchanges: int) -> None:
    files = Files({0x1D: SOD})
    _, content = kept_after(files, lds.SECURITY_OBJECT, most)
    assert content == SOD
    assert len(files.seen) == exchanges
    assert files.seen[0].p1 == 0x9D
    assert files.seen[0].le == most


def test_a_chip_that_gives_less_is_asked_for_what_it_gives() -> None:
    files = Files({0x1D: SOD}, most=200)
    kept, content = kept_after(files, lds.SECURITY_OBJECT, 1024)
    assert content == SOD
    assert kept.manner.most == 200
    assert {command.le for command in files.seen[2:-1]} == {200}


def test_a_chip_without_short_identifiers_is_learnt_once() -> None:
    files = Files({0x1D: SOD, 1: encode(0x61, bytes(90))}, short=False)
    kept = KeptFiles()
    reader = FileReader(files, kept, 1024)
    assert reader.read(lds.SECURITY_OBJECT) == SOD
    before = len(files.seen)
    assert reader.read(lds.data_group(1)) == encode(0x61, bytes(90))
    assert len(files.seen) == before + 2


def test_far_offsets_are_read_with_the_odd_instruction() -> None:
    files = Files({2: FACE})
    _, content = kept_after(files, lds.data_group(2), 231)
    assert content == FACE
    assert any(command.ins == 0xB1 for command in files.seen)
    assert len(files.seen) <= 1.1 * -(-len(FACE) // 231)


def test_a_missing_file_is_none_and_remembered() -> None:
    files = Files({})
    kept = KeptFiles()
    reader = FileReader(files, kept, 231)
    assert reader.read(lds.data_group(11)) is None
    assert reader.read(lds.data_group(11)) is None
    assert len(files.seen) == 1
    assert kept.missing == {"EF.DG11": 0x6A82}


def test_it_goes_on_where_it_was_lost() -> None:
    kept = KeptFiles()
    first = Files({0x1D: SOD}, lost_at=5)
    assert FileReader(first, kept, 231).read(lds.SECURITY_OBJECT) == REMOVED
    second = Files({0x1D: SOD})
    assert FileReader(second, kept, 231).read(lds.SECURITY_OBJECT) == SOD
    assert len(second.seen) == 1 + 4  # its first part again, to select and to know it by


def test_another_file_in_its_place_is_another_document() -> None:
    kept = KeptFiles()
    FileReader(Files({0x1D: SOD}, lost_at=5), kept, 231).read(lds.SECURITY_OBJECT)
    other = Files({0x1D: SOD[:100] + b"\xee" + SOD[101:]})
    assert code(FileReader(other, kept, 231).read(lds.SECURITY_OBJECT)) == "document.changed"
    longer = Files({0x1D: encode(0x77, bytes(range(256)) * 9)})
    assert code(FileReader(longer, kept, 231).read(lds.SECURITY_OBJECT)) == "document.changed"


def test_the_same_chip_is_known_in_one_exchange() -> None:
    zone = encode(0x61, b"\x5f\x1f\x5a" + b"A" * 90)
    kept = KeptFiles()
    FileReader(Files({1: zone}), kept, 231).read(lds.data_group(1))
    again = Files({1: zone})
    assert FileReader(again, kept, 231).proves_same(lds.data_group(1)) is True
    assert len(again.seen) == 1
    other = Files({1: zone[:-1] + b"B"})
    assert FileReader(other, kept, 231).proves_same(lds.data_group(1)) is False
    assert FileReader(Files({}), kept, 231).proves_same(lds.data_group(1)) is False


@pytest.mark.parametrize("most", [1, 63, 64, 90, 65536])
def test_the_same_chip_gives_the_whole_file_again(most: int) -> None:
    """A beginning is not enough: it is the same for many cards."""
    zone = encode(0x61, b"\x5f\x1f\x5a" + b"A" * 90)
    kept = KeptFiles()
    FileReader(Files({1: zone}), kept, 231).read(lds.data_group(1))
    again = Files({1: zone}, most=most)
    assert FileReader(again, kept, 231).proves_same(lds.data_group(1)) is (most >= 64)
    other = Files({1: zone[:-1] + b"B"}, most=most)
    assert FileReader(other, kept, 231).proves_same(lds.data_group(1)) is False
    cut = Files({1: zone[:-1]}, most=most)
    assert FileReader(cut, kept, 231).proves_same(lds.data_group(1)) is False


@dataclass
class InTheClear:
    """A session that ends at some commands, by a status word without protection.

    Attributes:
        files: the chip.
        status: the word.
        denied: short identifiers of the files that it comes for; None: for SELECT.
    """

    files: Files
    status: str
    denied: frozenset[int] | None

    def exchange(self, command: Command) -> Response | DeviceTrouble:
        selects = command.ins == 0xA4
        hit = selects if self.denied is None else command.p1 & 0x1F in self.denied
        if not hit or (self.denied is not None and (selects or not command.p1 & 0x80)):
            return self.files.exchange(command)
        details = (("reason", "unprotected"), ("status", self.status))
        return DeviceTrouble(TroubleKind.PROTOCOL, "card.secure-messaging", details)


def test_a_refusal_in_the_clear_is_asked_about_once_more() -> None:
    kept = KeptFiles()
    clear = InTheClear(Files({1: encode(0x61, bytes(90))}), "FILE_NOT_FOUND 6A82", frozenset({11}))
    assert FileReader(clear, kept, 231).read(lds.data_group(1)) is not None
    details = lds.data_group(11)
    assert code(FileReader(clear, kept, 231).read(details)) == "card.secure-messaging"
    assert not kept.missing
    assert not kept.given_up(details)
    true = Files({11: encode(0x6B, bytes(90))})
    assert FileReader(true, KeptFiles(denied=kept.denied), 231).read(details) is not None
    assert code(FileReader(clear, kept, 231).read(details)) == "card.secure-messaging"
    assert kept.given_up(details)
    assert FileReader(clear, kept, 231).read(details) is None
    assert not kept.missing, "nobody vouches for it"


@pytest.mark.parametrize("status", ["FILE_NOT_FOUND 6A82", "INCORRECT_P1_P2 6A86"])
def test_a_refusal_in_the_clear_changes_the_manner(status: str) -> None:
    """Before any file came by its short identifier, the chip may not know such."""
    kept, chip = KeptFiles(), Files({1: encode(0x61, bytes(90))})
    clear = InTheClear(chip, status, frozenset({1}))
    assert code(FileReader(clear, kept, 231).read(lds.data_group(1))) == "card.secure-messaging"
    assert FileReader(clear, kept, 231).read(lds.data_group(1)) == encode(0x61, bytes(90))
    assert [command.ins for command in chip.seen] == [0xA4, 0xB0]
    forms = KeptFiles()
    forms.manner.short_identifiers = False
    refusing = InTheClear(chip, "INCORRECT_P1_P2 6A86", None)
    for _ in range(3):
        FileReader(refusing, forms, 231).read(lds.data_group(1))
    assert forms.manner.select == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no-content"),
        (b"\x77", "no-content"),
        (encode(0x61, bytes(10)), "another-file"),
        (b"\x77\x84\xff\xff\xff\xff" + bytes(300), "too-long"),
        (b"\x77\x82\x10\x00" + bytes(300), "cut-off"),
        (b"\x77\x80" + bytes(300), "tlv-length-form"),
        (b"\x00" * 300, "tlv-no-tag"),
    ],
)
def test_what_is_no_such_file_is_damage(content: bytes, reason: str) -> None:
    _, outcome = kept_after(Files({0x1D: content}), lds.SECURITY_OBJECT, 231)
    assert isinstance(outcome, DeviceTrouble)
    assert outcome.code == "document.damaged"
    assert dict(outcome.details) == {"file": "EF.SOD", "reason": reason}


def test_a_chip_that_drips_is_not_read_for_ever() -> None:
    files = Files({0x1D: SOD}, most=10)
    _, outcome = kept_after(files, lds.SECURITY_OBJECT, 231)
    assert code(outcome) == "document.damaged"
    assert len(files.seen) == 2


def test_nothing_is_left_after_wiping() -> None:
    kept, _ = kept_after(Files({0x1D: SOD}), lds.SECURITY_OBJECT, 1024)
    data = kept.files["EF.SOD"].data
    kept.wipe()
    assert not any(data)
    assert kept.whole(lds.SECURITY_OBJECT) is None


@given(st.lists(st.binary(max_size=300), max_size=12), st.integers(1, 1024))
def test_any_answers_end(answers: list[bytes], most: int) -> None:
    """Whatever a chip says, reading ends within a few more commands than it has things to say."""
    left = iter(answers)
    sent = 0

    class Dice:
        def exchange(self, command: Command) -> Response | DeviceTrouble:
            nonlocal sent
            sent += 1
            del command
            answer = next(left, b"")
            status = 0x9000 if len(answer) % 3 else 0x6700 + len(answer)
            return Response(answer, status)

    outcome = FileReader(Dice(), KeptFiles(), most).read(lds.SECURITY_OBJECT)
    assert outcome is None or isinstance(outcome, (bytes, DeviceTrouble))
    assert sent < 100
