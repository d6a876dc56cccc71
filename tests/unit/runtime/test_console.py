"""The console's effects: lists with their time, secrets that are made once, certificates on a stick."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from kiosk.flows.console import effects as asked
from kiosk.flows.console import events as told
from kiosk.flows.console.events import SentTold
from kiosk.flows.console.views import SentState
from kiosk.flows.console.wanted import WantedActivation, WantedDailyPassword
from kiosk.runtime.console import Console, ConsoleMeans
from kiosk.runtime.downloads import NO_MEDIUM, Certificates
from kiosk.runtime.duty import OnDuty, Presence
from kiosk.runtime.sent_acts import SentActs
from sync.edge.enrolment import STICK_TOKEN
from sync.edge.inquiries import Trouble
from sync.edge.journal import RecordedAct
from sync.model.certificates import CertificateKind, CertificateState
from sync.model.console import DailyPasswordAct, OfficerAct, RegisterNote
from sync.model.console_views import (
    CertificateAsked,
    CertificateTold,
    StationRecord,
    StationsAsked,
    StationsTold,
)
from sync.model.errors import Problem
from sync.model.rosters import OperatorEntry, Right
from sync.wire import enrolment, mail_seal, officer_proof, sealing, secret_digest
from sync.wire.receipt import Accepted, Outcome, Refused
from sync.wire.signer import SoftwareSigner

COMUNE = "058091"
CODE = "RSSMRA80A01H501U"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SESSION, FIRST, SECOND = UUID(int=1), UUID(int=2), UUID(int=3)


def station(number: int) -> StationRecord:
    name = f"{COMUNE}-PC-{number:04}"
    return StationRecord(name, "", CertificateKind.STATION, CertificateState.ACTIVE)


class Signer:
    thumbprint = bytes(32)

    def sign(self, _message: bytes) -> bytes:
        return b"signed"


class Duty:
    """Somebody is signed in."""

    def __init__(self) -> None:
        entry = OperatorEntry(
            bytes(32), "Ada", "Comune", frozenset({Right.STATIONS}), (), date.max, COMUNE
        )
        self.on_duty: OnDuty | None = OnDuty(entry, bytes(32), Presence(Signer()))
        self.refuses = ""

    def signer(self) -> Signer:
        return Signer()

    def console_may_not(self, _act: object) -> str:
        return self.refuses


class Records:
    def __init__(self) -> None:
        self.acts: dict[UUID, Any] = {}
        self.outcomes: dict[UUID, Outcome] = {}

    def has(self, operation_id: UUID) -> bool:
        return operation_id in self.acts

    def act(self, operation_id: UUID, act: object, _signer: object) -> RecordedAct:
        again = operation_id in self.acts
        self.acts[operation_id] = act
        return RecordedAct(len(self.acts), operation_id, bytes(32), NOON, again)

    def new_operation_id(self) -> UUID:
        return UUID(int=99)


class Auditing:
    def note(self, *_: object, **__: object) -> None:
        """Nothing is kept here."""

    def before_showing(self, *_: object, **__: object) -> str:
        return ""


class Rig:
    def __init__(self, folder: Path | None) -> None:
        self.duty, self.records = Duty(), Records()
        self.told: list[Any] = []
        self.answers: Callable[[Any], object] = lambda _asked: Trouble("inquiry.offline")
        self.unsealing = sealing.UnsealingKey.generate()
        self.now = NOON
        self.trust_list: bytes | None = b"signed list"
        means: Any = ConsoleMeans(
            self,  # type: ignore[arg-type]  # stands for the inquiries
            self.records,  # type: ignore[arg-type]  # likewise
            Auditing(),  # type: ignore[arg-type]  # likewise
            lambda: self.unsealing.sealing_key,
            Certificates(folder),
            lambda: self.trust_list,
            self.told.append,
            lambda: self.now,
            lambda: date(2026, 11, 23),
        )
        self.sent = SentActs(self.records.outcomes.get, self.told.append, seconds=0.01)
        self.console = Console(self.duty, means, self.sent, below=lambda _n: 0)  # type: ignore[arg-type]  # as above

    def ask(self, asked: object, **_: object) -> object:
        return self.answers(asked)

    def record(self, effect: asked.RecordConsoleAct) -> None:
        self.console.record(effect, self.sent.mark)

    def abandon(self, _wait: object) -> None:
        """Nobody waits here."""


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    made = Rig(tmp_path)
    made.sent.stop()
    return made


def pages(asked: StationsAsked) -> object:
    records = tuple(station(number) for number in range(asked.offset + 1, min(asked.offset + 3, 6)))
    return StationsTold(records, more=asked.offset + 2 < 5)


@pytest.mark.rule("R-004-14")
def test_a_list_comes_whole_and_stays_with_its_time_without_a_network(rig: Rig) -> None:
    rig.answers = pages
    rig.console.ask_stations(asked.AskStations(SESSION))
    assert rig.told[0].asking
    assert [one.name[-1] for one in rig.told[-1].records] == list("12345")
    rig.answers = lambda _asked: Trouble("inquiry.offline")
    rig.now = NOON.replace(hour=15)
    rig.console.ask_stations(asked.AskStations(SESSION))
    last = rig.told[-1]
    assert (len(last.records), last.told_at, last.code) == (5, NOON, "inquiry.offline")
    rig.console.forget()
    rig.console.ask_stations(asked.AskStations(SESSION))
    assert rig.told[-1].records is None


def test_nobody_signed_in_is_told_nothing(rig: Rig) -> None:
    rig.answers = pages
    rig.duty.on_duty = None
    rig.console.ask_stations(asked.AskStations(SESSION))
    assert rig.told[-1].code == "operator.card-away"
    assert rig.told[-1].records is None


@pytest.mark.rule("R-004-34")
def test_of_a_daily_password_the_page_gets_half_and_the_mail_the_other(rig: Rig) -> None:
    wanted = WantedDailyPassword(COMUNE, CODE)
    rig.record(asked.RecordConsoleAct(SESSION, FIRST, wanted))
    answer = rig.told[-1]
    assert isinstance(answer, told.ConsoleActRecorded)
    act = rig.records.acts[FIRST]
    assert isinstance(act, DailyPasswordAct)
    half = mail_seal.open_half(act.mailed_half, rig.unsealing, FIRST)
    assert half is not None
    assert secret_digest.verify(act.digest, answer.first_half.encode() + half)
    # It is shown once: asked for again there is nothing to show.
    rig.record(asked.RecordConsoleAct(SESSION, FIRST, wanted))
    assert rig.told[-1].code == "daily.told-before"


@pytest.mark.rule("R-001-7")
def test_the_master_password_becomes_a_proof_and_is_wiped(rig: Rig) -> None:
    typed = bytearray(b"2345 6789 abcd efgh jkmn")
    password = officer_proof.parse(typed.decode())
    assert password is not None
    wanted = WantedActivation(COMUNE, CODE, "SCO7")
    rig.record(asked.RecordConsoleAct(SESSION, FIRST, wanted, typed))
    assert not any(typed)
    act = rig.records.acts[FIRST]
    assert isinstance(act, OfficerAct)
    key = officer_proof.key_of(password)
    assert officer_proof.is_proof(act.proof, key, COMUNE, CODE, "SCO7")
    rig.record(asked.RecordConsoleAct(SESSION, SECOND, wanted, bytearray(b"short")))
    assert rig.told[-1].code == "officer.master"


def test_what_the_roster_does_not_allow_is_not_recorded(rig: Rig) -> None:
    rig.duty.refuses = "operator.no-right"
    act = RegisterNote(COMUNE, station(1).name, "Stanza 2")
    rig.record(asked.RecordConsoleAct(SESSION, FIRST, act))
    assert rig.told[-1].code == "operator.no-right"
    assert not rig.records.acts


@pytest.mark.parametrize(
    ("outcome", "state", "code"),
    [
        (Accepted(), SentState.ACCEPTED, ""),
        (Refused("user.last-als", None, ""), SentState.REFUSED, "user.last-als"),
    ],
)
def test_an_act_waits_until_the_hub_has_decided(
    rig: Rig, outcome: Outcome, state: SentState, code: str
) -> None:
    act = RegisterNote(COMUNE, station(1).name, "Stanza 2")
    rig.record(asked.RecordConsoleAct(SESSION, FIRST, act))
    waiting = next(one for one in rig.told if isinstance(one, SentTold))
    assert waiting.sent[0].state is SentState.WAITING
    before = len(rig.told)
    rig.sent.look()
    assert len(rig.told) == before
    rig.records.outcomes[FIRST] = outcome
    rig.sent.look()
    assert (rig.told[-1].sent[0].state, rig.told[-1].sent[0].code) == (state, code)


def test_acts_of_the_administrator_before_are_nobody_elses_to_see_or_to_sign(rig: Rig) -> None:
    act = RegisterNote(COMUNE, station(1).name, "Stanza 2")
    before = rig.sent.mark
    rig.console.forget()  # signed out while the record was under way
    rig.sent.add(FIRST, act, NOON, (), mark=before, thumbprint=bytes(32))
    assert not [one for one in rig.told if isinstance(one, SentTold)]
    rig.sent.add(SECOND, act, NOON, (), mark=rig.sent.mark, thumbprint=b"\1" * 32)
    assert [one.operation_id for one in rig.told[-1].sent] == [SECOND]
    assert rig.told[-1].thumbprint == b"\1" * 32
    rig.console.record(asked.RecordConsoleAct(SESSION, FIRST, act), before)
    assert rig.told[-1].code == "operator.card-away"
    assert not rig.records.acts


@pytest.mark.rule("R-004-14")
@pytest.mark.rule("R-004-15")
def test_certificates_are_written_to_the_stick(rig: Rig, tmp_path: Path) -> None:
    def told_one(one: CertificateAsked) -> object:
        missing = one.station.endswith("3")
        return Trouble("inquiry.no-answer") if missing else CertificateTold(one.station, b"PEM")

    rig.answers = told_one
    names = tuple(station(number).name for number in (1, 2, 3))
    rig.console.download(asked.DownloadCertificates(SESSION, names))
    saved = rig.told[-1]
    assert (saved.count, saved.code) == (2, "inquiry.no-answer")
    with zipfile.ZipFile(tmp_path / saved.file) as archive:
        assert archive.namelist() == [f"{name}.pem" for name in names[:2]]
    rig.console.download(asked.DownloadCertificates(SESSION, names[:1]))
    assert (tmp_path / f"{names[0]}.pem").read_bytes() == b"PEM"


@pytest.mark.rule("R-004-14")
def test_a_one_time_code_goes_to_the_stick_as_the_device_reads_it(rig: Rig, tmp_path: Path) -> None:
    root = SoftwareSigner.generate().verifying_key
    password = enrolment.password_of(bytes(32))
    token = enrolment.Token(station(1).name, password, "https://hub.example", root, 1)
    save = asked.SaveEnrolmentCode(SESSION, token.station, token.to_text())
    rig.console.save_code(save)
    assert rig.told[-1] == told.EnrolmentCodeSaved(SESSION, token.station, STICK_TOKEN)
    read = enrolment.read_token_file((tmp_path / STICK_TOKEN).read_bytes())
    assert not isinstance(read, Problem)
    assert (read[0].password, read[0].station, read[1]) == (password, token.station, b"signed list")
    assert [one.name for one in tmp_path.iterdir()] == [STICK_TOKEN]
    rig.trust_list = None
    rig.console.save_code(save)
    assert rig.told[-1].code == "trust.absent"
    bare = Rig(tmp_path / "missing")
    bare.console.save_code(save)
    assert bare.told[-1].code == NO_MEDIUM


def test_without_a_stick_nothing_is_fetched(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "missing")
    rig.answers = lambda _asked: pytest.fail("nobody asks the hub")
    rig.console.download(asked.DownloadCertificates(SESSION, (station(1).name,)))
    assert rig.told[-1] == told.CertificatesSaved(SESSION, "", 0, NO_MEDIUM)
