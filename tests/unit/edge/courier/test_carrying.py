"""A medium at a station: nothing is lost by it, and nothing on it can be read."""

from __future__ import annotations

import errno
import os
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sync.edge import trouble
from sync.edge.courier.carrying import Courier, Visit
from sync.edge.outbox import Outbox, OutboxState
from sync.edge.store import Head, Standing, Store
from sync.edge.vault import Vault
from sync.wire import batch, courier, envelope, receipt
from sync.wire import medium as media
from sync.wire.courier import CarriedAnswer, Parcel
from sync.wire.receipt import Accepted, Acknowledgement, Answer, Refused
from sync.wire.signer import SoftwareSigner
from tests.unit.edge.stations import NAME, Station, make_station, preregistration

NOON = 1_795_694_400_000
LISTS = {"trust": 1, "documents": 4}


class Hand:
    """A person with a medium, and a hub at the other end that stores what it is shown."""

    def __init__(self, station: Station, store: Store, mount: Path, **options: object) -> None:
        self.station, self.store, self.mount = station, store, mount
        self.taken: list[tuple[str, bytes]] = []
        self.journal = station.journal(store)
        self.held: list[envelope.Envelope] = []
        self.time = NOON
        self.courier = Courier(
            station.profile,
            store,
            station.signer,
            lists=lambda: LISTS,
            take_list=self._take,
            **options,  # type: ignore[arg-type]
        )

    def _take(self, name: str, data: bytes) -> str:
        self.taken.append((name, data))
        return ""

    def record(self, count: int = 1) -> None:
        for _ in range(count):
            self.journal.record(uuid.uuid4(), preregistration)

    def visit(self) -> Visit:
        return self.courier.visit(self.mount, plain_folder=True)

    @property
    def files(self) -> list[Path]:
        return sorted((self.mount / media.FOLDER).glob("*.parcel"))

    def parcels(self) -> list[Parcel]:
        key = self.station.hub.unsealing
        found = []
        for path in self.files:
            opened = courier.open_parcel(path.read_bytes(), [key])
            assert opened.is_signed_by(self.station.signer.verifying_key)
            found.append(opened.parcel)
        return sorted(found, key=lambda one: one.made_at)

    def hub_takes(
        self,
        *,
        lists: dict[str, bytes] | None = None,
        signer: SoftwareSigner | None = None,
        refuses: int = 0,
        clears: bool = False,
    ) -> None:
        """Stores what continues the chain, and answers every parcel."""
        parcels = self.parcels()
        items = [
            one for parcel in parcels for data in parcel.messages for one in batch.unpack(data)
        ]
        for one in sorted(items, key=batch.seq_of):
            assert isinstance(one, envelope.Envelope)
            if one.header.seq == len(self.held) + 1:
                self.held.append(one)
        for path in self.files if clears else ():
            path.unlink()
        for parcel in parcels:
            answer = CarriedAnswer(NAME, (self.word(signer, refuses),), lists or {})
            data = courier.seal_answer(answer, parcel.parcel_id, parcel.answer_key)
            (self.mount / media.FOLDER / f"{parcel.parcel_id.hex()}.answer").write_bytes(data)

    def word(self, signer: SoftwareSigner | None = None, refuses: int = 0) -> bytes:
        self.time += 1000
        head = self.held[-1].hash if self.held else envelope.genesis(NAME)
        answers = tuple(
            Answer(
                one.header.seq,
                one.header.operation_id,
                Refused("email.cec-pac") if one.header.seq == refuses else Accepted(),
            )
            for one in self.held
        )
        return receipt.sign(
            Acknowledgement(NAME, len(self.held), head, answers, self.time),
            signer or self.station.hub.signer,
        )


@pytest.fixture
def hand(station: Station, store: Store, tmp_path: Path) -> Hand:
    mount = tmp_path / "stick"
    mount.mkdir()
    return Hand(station, store, mount)


def standing(store: Store) -> tuple[int, int]:
    found = store.standing()
    assert isinstance(found, Standing)
    return found.watermark, found.decided


def test_out_and_back(hand: Hand, store: Store) -> None:
    hand.record(7)
    assert hand.visit() == Visit(on_medium=7, waiting=7)
    (parcel,) = hand.parcels()
    assert (parcel.station, parcel.known, parcel.lists) == (NAME, 0, LISTS)
    assert standing(store) == (0, 0)
    hand.hub_takes(refuses=3, lists={"documents": b"newer"})
    visit = hand.visit()
    assert (visit.code, visit.stored, visit.settled, visit.answers) == ("", 7, 7, 1)
    assert (visit.waiting, visit.lists, hand.taken) == (
        0,
        ("documents",),
        [("documents", b"newer")],
    )
    assert standing(store) == (7, 7)
    assert store.verdicts() == {3: Refused("email.cec-pac")}
    assert not list((hand.mount / media.FOLDER).glob("*.answer"))
    (question,) = hand.parcels()
    assert (question.known, question.messages) == (7, ())


def test_what_waits_on_the_medium_is_not_written_again(hand: Hand) -> None:
    hand.record(3)
    hand.visit()
    first = {path.name: path.stat().st_mtime_ns for path in hand.files}
    hand.record(2)
    visit = hand.visit()
    assert (visit.on_medium, visit.waiting) == (5, 5)
    assert {
        path.name: path.stat().st_mtime_ns for path in hand.files if path.name in first
    } == first
    seqs = [
        batch.seq_of(one) for p in hand.parcels() for m in p.messages for one in batch.unpack(m)
    ]
    assert sorted(seqs) == [1, 2, 3, 4, 5]


def test_large_journals_go_in_several_parcels(
    station: Station, store: Store, tmp_path: Path
) -> None:
    (tmp_path / "stick").mkdir()
    hand = Hand(station, store, tmp_path / "stick", full_bytes=100_000)
    hand.record(120)
    assert hand.visit() == Visit(on_medium=120, waiting=120)
    assert len(hand.files) > 1
    hand.hub_takes()
    assert hand.visit().stored == 120


def test_a_parcel_that_was_spoilt_is_written_anew(hand: Hand) -> None:
    hand.record(4)
    hand.visit()
    (path,) = hand.files
    path.write_bytes(path.read_bytes()[:1000])
    assert hand.visit() == Visit(on_medium=4, waiting=4)
    hand.hub_takes()
    assert hand.visit().stored == 4


def test_answers_on_two_media_add_up(hand: Hand, tmp_path: Path, store: Store) -> None:
    hand.record(2)
    hand.visit()
    first, second = hand.mount, tmp_path / "other"
    second.mkdir()
    hand.record(2)
    hand.mount = second
    hand.visit()
    hand.hub_takes()
    hand.visit()
    assert standing(store) == (4, 4)
    hand.mount = first  # the older word comes later
    hand.held = hand.held[:2]
    hand.time = NOON - 10_000
    hand.hub_takes()
    visit = hand.visit()
    assert (visit.code, visit.stored) == ("", 0)
    assert standing(store) == (4, 4)


def seqs(hand: Hand) -> list[int]:
    """The entries on the medium, as the hub would take them."""
    return sorted(
        batch.seq_of(one)
        for parcel in hand.parcels()
        for message in parcel.messages
        for one in batch.unpack(message)
    )


def test_another_stick_takes_the_rest(
    station: Station, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two small sticks carry together what neither can; a third with room has a copy of all."""
    hand = Hand(station, store, tmp_path / "1", full_bytes=1)
    write = media.Medium.write

    def small(medium: media.Medium, name: str, data: bytes) -> None:
        if hand.mount.name != "3" and len(medium.names(media.PARCEL)) == 2:
            raise media.MediumError(media.FULL)
        write(medium, name, data)

    monkeypatch.setattr(media.Medium, "write", small)
    monkeypatch.setattr(batch, "MOST_ITEMS", 10)
    hand.record(40)
    expected = {"1": ("courier.full", 1, 20), "2": ("", 21, 40), "3": ("", 1, 40)}
    for name, (code, first, last) in expected.items():
        hand.mount = tmp_path / name
        hand.mount.mkdir()
        assert hand.visit().code == code
        assert seqs(hand) == list(range(first, last + 1))
    for name in ("1", "2"):
        hand.mount = tmp_path / name
        hand.visit()  # nothing is new: what it alone has stays
        first, last = expected[name][1:]
        assert seqs(hand) == list(range(first, last + 1))
        hand.hub_takes()
    hand.visit()
    assert standing(store) == (40, 40)


def test_a_stick_that_was_lost_stops_nothing(hand: Hand, store: Store, tmp_path: Path) -> None:
    """The hub's word on the next one, that entries before it are missing, brings them again."""
    hand.record(3)
    hand.visit()
    hand.mount = tmp_path / "other"
    hand.mount.mkdir()
    hand.record(2)
    hand.visit()
    assert seqs(hand) == [1, 2, 3, 4, 5], "a copy, as there is room"
    for path in hand.files:  # as on a stick without room
        if len(hand.parcels()) > 1 and path.stat().st_size > 0:
            opened = courier.open_parcel(path.read_bytes(), [hand.station.hub.unsealing]).parcel
            if batch.seq_of(batch.unpack(opened.messages[0])[0]) == 1:
                path.unlink()
    assert seqs(hand) == [4, 5]
    hand.hub_takes()
    assert hand.held == []
    hand.visit()
    assert seqs(hand) == [1, 2, 3, 4, 5]
    hand.hub_takes()
    hand.visit()
    assert standing(store) == (5, 5)


def test_a_hub_that_was_put_back_gets_all_again(hand: Hand, store: Store) -> None:
    hand.record(5)
    hand.visit()
    hand.hub_takes()
    hand.visit()
    hand.held = hand.held[:2]
    hand.hub_takes()
    hand.visit()
    (parcel,) = hand.parcels()
    assert [batch.seq_of(one) for m in parcel.messages for one in batch.unpack(m)] == [3, 4, 5]
    assert standing(store) == (5, 5)


def test_nobody_but_the_hub_is_believed(hand: Hand, store: Store) -> None:
    hand.record(2)
    hand.visit()
    hand.hub_takes(signer=SoftwareSigner.generate())
    visit = hand.visit()
    assert (visit.code, visit.waiting) == ("courier.answer-foreign", 2)
    assert standing(store) == (0, 0)


def test_a_damaged_answer_is_told_and_left(hand: Hand) -> None:
    hand.record(1)
    hand.visit()
    hand.hub_takes()
    (path,) = (hand.mount / media.FOLDER).glob("*.answer")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert hand.visit().code == "courier.answer-damaged"
    assert path.exists()


def test_a_forked_chain_stops_recording(hand: Hand) -> None:
    hand.record(1)
    hand.visit()
    (parcel,) = hand.parcels()
    word = receipt.sign(Acknowledgement(NAME, 1, bytes(32), (), NOON), hand.station.hub.signer)
    data = courier.seal_answer(CarriedAnswer(NAME, (word,)), parcel.parcel_id, parcel.answer_key)
    (hand.mount / media.FOLDER / f"{parcel.parcel_id.hex()}.answer").write_bytes(data)
    assert hand.visit().code == "store.forked"


def test_what_else_is_on_the_medium_stays_as_it_is(hand: Hand) -> None:
    other = hand.mount / "foto.jpg"
    other.write_bytes(b"holiday")
    folder = hand.mount / media.FOLDER
    folder.mkdir()
    (folder / "notes.txt").write_text("of somebody")
    neighbours = folder / f"{bytes(16).hex()}.parcel"
    neighbours.write_bytes(b"another station's")
    (folder / f"{bytes(16).hex()}.answer").write_bytes(b"likewise")
    (folder / f"{'ab' * 16}.parcel.new").write_bytes(b"half")
    os.mkfifo(folder / f"{'cd' * 16}.answer")
    hand.record(1)
    assert hand.visit().code == ""
    assert other.read_bytes() == b"holiday"
    assert neighbours.read_bytes() == b"another station's"
    assert not list(folder.glob("*.new"))


def test_a_link_on_the_medium_leads_nowhere(hand: Hand, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (hand.mount / media.FOLDER).symlink_to(tmp_path / "elsewhere")
    hand.record(1)
    assert hand.visit().code == "courier.pulled"
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize("mount", [None, "not-there"])
def test_no_medium(hand: Hand, mount: str | None, tmp_path: Path) -> None:
    hand.record(1)
    visit = hand.courier.visit(None if mount is None else tmp_path / mount)
    assert visit == Visit(code="courier.no-medium", waiting=1)


def test_a_folder_of_the_disk_is_no_medium(
    station: Station, store: Store, tmp_path: Path, small: Path
) -> None:
    """It is there while no stick is: nothing is written to it, and the page says what is missing."""
    of_the_disk = tmp_path / "media"
    of_the_disk.mkdir()
    courier = Courier(station.profile, store, station.signer)
    assert courier.visit(of_the_disk) == Visit(code="courier.not-mounted")
    assert list(of_the_disk.iterdir()) == []
    assert courier.visit(small).code == ""


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_stands_in_the_way_of_a_file_is_not_written_to(tmp_path: Path, kind: str) -> None:
    name, victim = f"{'ab' * 16}.answer", tmp_path / "victim"
    victim.write_bytes(b"precious")
    with media.opened(tmp_path, plain_folder=True) as medium:
        for path in (tmp_path / media.FOLDER / one for one in (name, f"{name}.new")):
            match kind:
                case "link":
                    path.symlink_to(victim)
                case "pipe":
                    os.mkfifo(path)
                case _:
                    path.mkdir()
        if kind == "folder":
            with pytest.raises(media.MediumError):
                medium.write(name, b"data")
        else:
            medium.write(name, b"data")
            assert medium.read(name, most=9) == b"data"
    assert victim.read_bytes() == b"precious"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "courier.full"),
        (errno.EROFS, "courier.read-only"),
        (errno.EIO, "courier.pulled"),
        (errno.ENODEV, "courier.pulled"),
    ],
)
@pytest.mark.parametrize("call", ["fsync", "open", "replace", "listdir"])
def test_pulled_or_refused_at_any_call(
    hand: Hand, monkeypatch: pytest.MonkeyPatch, number: int, code: str, call: str, store: Store
) -> None:
    """At every call that touches the medium, one after the other; afterwards all goes well."""
    hand.record(3)
    (hand.mount / media.FOLDER).mkdir()
    real: Callable[..., object] = getattr(os, call)
    for nth in range(1, 40):
        count = 0

        def failing(*arguments: object, nth: int = nth, **options: object) -> object:
            nonlocal count
            if call == "open" and "dir_fd" not in options:
                return real(*arguments, **options)
            count += 1
            if count == nth:
                raise OSError(number, "gone")
            return real(*arguments, **options)

        with monkeypatch.context() as patch:
            patch.setattr(os, call, failing)
            visit = hand.visit()
        if count < nth:
            break
        assert visit.code in {code, "courier.pulled"}, (nth, visit)
        assert visit.waiting == 3
        assert standing(store) == (0, 0)
        for path in hand.files:  # what lies there under its name is whole
            key = hand.station.hub.unsealing
            courier.open_parcel(path.read_bytes(), [key])
    assert hand.visit() == Visit(on_medium=3, waiting=3)
    hand.hub_takes()
    assert hand.visit().stored == 3


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 256 KiB."""
    mount = tmp_path / "small"
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "stick", mount], check=True)
    yield mount
    subprocess.run(["umount", "-l", mount], check=True)


def test_a_full_medium_takes_what_fits(station: Station, store: Store, small: Path) -> None:
    hand = Hand(station, store, small, full_bytes=60_000)
    hand.record(150)
    visit = hand.visit()
    assert visit.code == "courier.full"
    assert 0 < visit.on_medium < visit.waiting == 150
    for _ in range(30):
        hand.hub_takes(clears=True)
        if not hand.visit().waiting:
            break
    assert standing(store) == (150, 150)


def test_a_read_only_medium(station: Station, store: Store, small: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", small], check=True)
    hand = Hand(station, store, small)
    hand.record(1)
    assert hand.visit() == Visit(code="courier.read-only", waiting=1)


def test_no_byte_of_it_says_anything(tmp_path: Path) -> None:
    """Neither the station nor a person, in any encoding; and the same twice looks different."""
    station = make_station(tmp_path / "station")
    vault = Vault(bytes(range(32)))
    store = station.store(vault=vault)
    try:
        mount = tmp_path / "stick"
        mount.mkdir()
        hand = Hand(station, store, mount, vault=vault)
        hand.record(20)
        hand.visit()
        hand.hub_takes(lists={"documents": b"Rossi" * 100})
        words = [
            NAME,
            "Rossi",
            "Mario",
            "RSSMRA80A01L219M",
            "example.org",
            "preregistration",
            "kiosk",
        ]
        entries = store.entries(1, most=20)
        assert isinstance(entries, list)
        marks = [word.encode(coding) for word in words for coding in ("utf-8", "utf-16-le")]
        marks += [one.hash for one in entries] + [one.operation_id.bytes for one in entries]
        marks += [one.envelope[at : at + 16] for one in entries for at in range(0, 400, 16)]
        files = [path for path in mount.rglob("*") if path.is_file()]
        assert {path.suffix for path in files} == {".parcel", ".answer"}
        for path in files:
            data = path.read_bytes()
            assert len(data) % courier.PAD_BYTES == 0
            assert not [mark for mark in marks if mark in data]
            assert NAME not in path.name
        (first,) = hand.files
        body = first.read_bytes()  # no byte stands out
        counts = [body.count(value) for value in range(256)]
        assert max(counts) < 2 * len(body) / 256
    finally:
        store.close()


def test_without_hub_keys_nothing_is_written(hand: Hand) -> None:
    hand.record(1)
    hand.station.profile.trust_list.unlink()
    assert hand.visit().code == "trust.absent"
    assert hand.files == []


def test_the_outbox_says_what_was_carried_and_waits(hand: Hand, store: Store) -> None:
    hand.record(2)
    hand.visit()
    hand.record(1)
    entries = Outbox(store).entries()
    assert isinstance(entries, tuple)
    told = [(one.why, one.released_by) for one in entries]
    assert told[:2] == [("outbox.why.carried", "outbox.released-by.medium")] * 2
    assert told[2][0] != "outbox.why.carried"
    hand.hub_takes()
    hand.visit()
    entries = Outbox(store).entries()
    assert isinstance(entries, tuple)
    assert [one.state for one in entries[:2]] == [OutboxState.ACCEPTED] * 2


def test_a_store_made_anew_goes_on_from_no_old_word(hand: Hand, store: Store) -> None:
    """What lay on a stick may be older than the hub's head: going on from there would be a fork."""
    hand.record(1)
    hand.visit()
    (parcel,) = hand.parcels()
    ahead = Acknowledgement(NAME, 9, bytes(32), (), NOON)
    word = receipt.sign(ahead, hand.station.hub.signer)
    data = courier.seal_answer(CarriedAnswer(NAME, (word,)), parcel.parcel_id, parcel.answer_key)
    (hand.mount / media.FOLDER / f"{parcel.parcel_id.hex()}.answer").write_bytes(data)
    assert store.hold(trouble.REBUILT, hub_time=0) is None
    assert hand.visit().code == "store.rebuilt"
    head = store.head()
    assert isinstance(head, Head)
    assert head.seq == 1
