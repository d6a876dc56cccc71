"""Letters are handed over at least once and never lost, whatever the mail server does."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from sync.hub import letters, mailer
from sync.hub.letters import Content
from sync.hub.mailer import Mailer, ServerAwayError
from sync.hub.settings import SmtpSettings
from sync.hub.store import alarms
from sync.hub.store import letters as outbox
from sync.hub.store.database import Store, StoreError
from sync.hub.store.letters import QueuedLetter
from sync.hub.writer import Writer, start
from tests.emulated.mail import InProcessMailServer
from tests.emulated.services import wait_until
from tests.unit.hub.stations import HOUR, NOON, Bench, Station, preregistration
from tests.workbench.authority import Authority
from tests.workbench.pki import free_ports


def compose(_store: Store, letter: QueuedLetter) -> EmailMessage:
    content = Content("Sportello", "sistemapiemonte", "ABC-DEF-GHJ", "http://hub/confirm/x")
    return letters.message(
        letters.write(letter.kind, letter.language, content),
        language=letter.language,
        sender="Sportello <sportello@hub.example>",
        recipient=letter.recipient,
        message_id=letter.message_id,
        sent_at=NOON / 1000,
    )


class Post:
    """A mailer over the bench's registry, with its own writer, and a clock that a test sets."""

    def __init__(self, path: Path, port: int, **changes: Any) -> None:
        self.now = NOON
        self.path = path
        values: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": port,
            "sender": "Sportello <sportello@hub.example>",
            "starttls": False,
            "ca": None,
            "user": "",
            "password_file": None,
            "per_second": 1000,
        }
        self.settings = SmtpSettings(**(values | changes))
        self.port = port
        self.writer = Writer(lambda: Store.open(path))
        self.thread = start("writer", self.writer.run)
        self.reader = Store.open_reader(path)
        self.compose: Callable[[Store, QueuedLetter], EmailMessage] = compose
        self.mailer = self.new_mailer()

    def new_mailer(self) -> Mailer:
        return Mailer(
            self.settings,
            self._compose,
            lambda: Store.open_reader(self.path),
            self.writer,
            lambda: self.now,
        )

    def _compose(self, store: Store, letter: QueuedLetter) -> EmailMessage:
        return self.compose(store, letter)

    def step(self) -> float:
        return self.mailer.step(self.reader)

    def states(self) -> list[tuple[int, bool, bool, str | None]]:
        """Attempts, sent, refused and code of each letter."""
        return [
            (attempts, sent is not None, refused is not None, code)
            for attempts, sent, refused, code in self.reader.rows(
                "SELECT attempts, sent_at, refused_at, code FROM letter ORDER BY id"
            )
        ]

    def close(self) -> None:
        self.writer.stop()
        self.thread.join(5)
        self.reader.close()


@pytest.fixture
def post(bench: Bench, station: Station, registry_path: Path) -> Iterator[Post]:
    """Three letters wait."""
    for person in (1, 2, 3):
        station.record(preregistration(person))
    bench.send(station, 1, 3)
    made = Post(registry_path, free_ports(1)[0])
    made.now = bench.now
    yield made
    made.close()


def recipients(server: InProcessMailServer) -> list[str]:
    return [str(letter["To"]) for letter in server.box.accepted]


EVERYBODY = ["persona1@example.org", "persona2@example.org", "persona3@example.org"]


def test_every_letter_is_sent_once_in_order(post: Post) -> None:
    with InProcessMailServer(post.port) as server:
        post.step()
        post.step()
        assert recipients(server) == EVERYBODY
    assert post.states() == [(1, True, False, None)] * 3


def test_server_that_is_away_loses_nothing(post: Post) -> None:
    for _ in range(3):
        with pytest.raises(ServerAwayError):
            post.step()
    assert post.states() == [(0, False, False, None)] * 3
    with InProcessMailServer(post.port) as server:
        post.step()
        assert recipients(server) == EVERYBODY


def test_thread_sends_by_itself_when_the_server_is_back(post: Post) -> None:
    thread = start("mailer", post.mailer.run)
    time.sleep(0.3)
    with InProcessMailServer(post.port) as server:
        wait_until(lambda: len(server.box.accepted) == 3, 10, "three letters")
        post.mailer.stop()
        thread.join(5)
    assert not thread.is_alive()


def test_thread_goes_on_when_the_registry_was_away(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a server that starts anew: the thread's own question finds nobody."""
    whole, failures = post.mailer.step, [StoreError("store.unreachable")]

    def step(reader: Store) -> float:
        if failures:
            raise failures.pop()
        return whole(reader)

    monkeypatch.setattr(post.mailer, "step", step)
    with InProcessMailServer(post.port) as server:
        thread = start("mailer", post.mailer.run)
        wait_until(lambda: len(server.box.accepted) == 3, 20, "three letters")
        post.mailer.stop()
        thread.join(5)
    assert not thread.is_alive()


def test_letter_queued_later_wakes_the_thread(post: Post, bench: Bench, station: Station) -> None:
    with InProcessMailServer(post.port) as server:
        thread = start("mailer", post.mailer.run)
        wait_until(lambda: len(server.box.accepted) == 3, 10, "three letters")
        station.record(preregistration(4))
        bench.send(station, 4, 4)
        post.now = bench.now
        post.mailer.wake()
        wait_until(lambda: len(server.box.accepted) == 4, 5, "the fourth letter")
        post.mailer.stop()
        thread.join(5)


def test_letter_refused_for_now_waits_without_holding_the_others_up(post: Post) -> None:
    with InProcessMailServer(post.port) as server:
        greylisted = EVERYBODY[0]
        server.box.on_recipient = lambda address: (
            "450 try again later" if address == greylisted else None
        )
        pause = post.step()
        assert recipients(server) == EVERYBODY[1:]
        assert post.states()[0] == (1, False, False, "450")
        assert 4 < pause <= 10
        server.box.on_recipient = lambda _address: None
        post.step()
        assert len(server.box.accepted) == 2  # not before its time
        post.now += 10_000
        post.step()
        assert recipients(server)[-1] == greylisted


def test_delays_grow_to_an_hour_and_no_further(post: Post) -> None:
    with InProcessMailServer(post.port) as server:
        server.box.on_recipient = lambda _address: "450 no"
        pauses = []
        for _ in range(20):
            post.step()
            (due_at,) = post.reader.rows("SELECT min(next_try_at) FROM letter")[0]
            pauses.append((due_at - post.now) / 1000)
            post.now += HOUR
        assert max(pauses) <= 3600
        assert min(pauses[10:]) >= 1800
        assert post.states()[0][1] is False
        server.box.on_recipient = lambda _address: None
        post.step()
        assert len(server.box.accepted) == 3


@pytest.mark.parametrize("where", ["recipient", "content"])
def test_letter_refused_for_good_stays_visible_and_raises_an_alarm(post: Post, where: str) -> None:
    with InProcessMailServer(post.port) as server:
        if where == "recipient":
            server.box.on_recipient = lambda address: (
                "550 no such user persona2@example.org" if "2" in address else None
            )
        else:
            server.box.on_content = lambda letter: (
                "554 no, persona2@example.org" if "2" in letter["To"] else None
            )
        post.step()
        assert recipients(server) == [EVERYBODY[0], EVERYBODY[2]]
        assert post.states()[1][:3] == (1, False, True)
        post.now += 1000 * HOUR
        post.step()
        assert len(server.box.accepted) == 2
    (alarm,) = alarms.alarms(post.reader)
    assert (alarm.code, alarm.times) == (mailer.REFUSED, 1)
    assert "persona2" not in alarm.detail


def test_letter_at_which_the_server_hangs_up_does_not_block_the_others(post: Post) -> None:
    with InProcessMailServer(post.port) as server:

        def hang_up(letter: EmailMessage) -> None:
            if "1" in letter["To"]:
                raise ConnectionError

        server.box.on_content = hang_up
        with pytest.raises(ServerAwayError):
            post.step()
        post.step()
        assert recipients(server) == EVERYBODY[1:]
        assert post.states()[0][:3] == (1, False, False)


def test_closing_server_is_away(post: Post) -> None:
    with InProcessMailServer(post.port) as server:
        server.box.on_recipient = lambda _address: "421 closing"
        with pytest.raises(ServerAwayError):
            post.step()
        server.box.on_recipient = lambda _address: None
        post.now += HOUR
        post.step()
        assert sorted(recipients(server)) == EVERYBODY


def test_death_after_the_servers_yes_sends_the_same_letter_again(post: Post) -> None:
    """At least once: the second copy has the name and the link of the first."""
    with InProcessMailServer(post.port) as server:
        noted = post.writer.call
        calls = 0

        def die_at_the_second_note(work: Callable[[Store], object]) -> object:
            nonlocal calls
            calls += 1
            if calls == 2:
                raise KeyboardInterrupt
            return noted(work)

        post.writer.call = die_at_the_second_note  # type: ignore[assignment,method-assign]
        with pytest.raises(KeyboardInterrupt):
            post.step()
        post.writer.call = noted  # type: ignore[method-assign]
        assert len(server.box.accepted) == 1
        post.mailer = post.new_mailer()
        post.now += HOUR
        post.step()
        assert len(server.box.accepted) == 4
        first, again = (one for one in server.box.accepted if one["To"] == EVERYBODY[0])
        assert first["Message-ID"] == again["Message-ID"]
        assert first.get_body(("plain",)) is not None
        assert first.as_bytes().split(b"boundary")[0] == again.as_bytes().split(b"boundary")[0]


def test_withdrawn_letter_is_not_sent(post: Post, bench: Bench) -> None:
    waiting = outbox.due(post.reader, post.now, 10)
    with bench.store.transaction():
        outbox.withdraw(bench.store, waiting[0].registration, post.now)
    with InProcessMailServer(post.port) as server:
        post.step()
        assert recipients(server) == EVERYBODY[1:]


def test_letter_that_cannot_be_written_does_not_block_the_others(post: Post) -> None:
    def broken(store: Store, letter: QueuedLetter) -> EmailMessage:
        if letter.recipient == EVERYBODY[0]:
            raise LookupError
        return compose(store, letter)

    post.compose = broken
    with InProcessMailServer(post.port) as server:
        post.step()
        assert recipients(server) == EVERYBODY[1:]
    assert post.states()[0] == (1, False, False, "LookupError")


def test_full_disk_sends_nothing_twice(post: Post) -> None:
    post.writer.call(lambda store: store.rows("PRAGMA query_only=ON"))
    with InProcessMailServer(post.port) as server:
        for _ in range(3):
            with pytest.raises(ServerAwayError, match=r"store\.read-only"):
                post.step()
        assert server.box.offered == 0


def test_pace_is_kept(post: Post) -> None:
    post.settings = SmtpSettings(
        **{name: getattr(post.settings, name) for name in SmtpSettings.__slots__}
        | {"per_second": 5}
    )
    post.mailer = post.new_mailer()
    with InProcessMailServer(post.port):
        started = time.monotonic()
        post.step()
        assert time.monotonic() - started >= 0.6


def server_tls(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """TLS of a mail server at 127.0.0.1, and the file of its authority."""
    authority = Authority.create("mail")
    authority.save(folder)
    authority.issue_server("mail server", ("127.0.0.1",)).write(folder / "s.pem", folder / "s.key")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "s.pem", folder / "s.key")
    return context, folder / "mail.pem"


def test_starttls_and_login(post: Post, tmp_path: Path) -> None:
    context, ca = server_tls(tmp_path)
    (tmp_path / "password").write_text("right\n")
    secure = Post(
        post.path,
        post.port,
        starttls=True,
        ca=ca,
        user="hub",
        password_file=tmp_path / "password",
    )
    secure.now = post.now
    try:
        with InProcessMailServer(post.port, context, ask_login=True) as server:
            secure.step()
            assert recipients(server) == EVERYBODY
            assert server.box.logins == [b"hub:right"]
    finally:
        secure.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_server_that_is_not_the_one_meant_gets_nothing(post: Post, tmp_path: Path) -> None:
    context, _ca = server_tls(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    Authority.create("mail").save(other)
    wary = Post(post.path, post.port, starttls=True, ca=other / "mail.pem")
    wary.now = post.now
    try:
        with InProcessMailServer(post.port, context) as server:
            with pytest.raises(ServerAwayError, match="SSL"):
                wary.step()
            assert server.box.offered == 0
    finally:
        wary.close()


def test_server_without_tls_gets_nothing_where_tls_is_asked_for(post: Post) -> None:
    wary = Post(post.path, post.port, starttls=True)
    wary.now = post.now
    try:
        with InProcessMailServer(post.port) as server:
            with pytest.raises(ServerAwayError):
                wary.step()
            assert server.box.offered == 0
    finally:
        wary.close()


def test_stopping_does_not_wait_for_the_queue(post: Post) -> None:
    with InProcessMailServer(post.port):
        thread = start("mailer", post.mailer.run)
        post.mailer.stop()
        thread.join(2)
        assert not thread.is_alive()
