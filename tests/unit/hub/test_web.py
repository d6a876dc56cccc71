"""The confirmation pages over real HTTP: what each link shows, and what it never does."""

from __future__ import annotations

import http.client
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import pytest

from sync.hub import settings, web
from sync.hub.store import letters, registrations
from sync.hub.store.database import Store
from sync.hub.web import connections
from sync.hub.web.rendering import Renderer
from sync.hub.writer import Writer, start
from sync.texts.reading import LANGUAGES
from tests.emulated.services import port_answers, wait_until
from tests.unit.hub.stations import HOUR, Bench, Station, preregistration
from tests.workbench.pki import Table, free_ports, to_toml


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def heading(self) -> str:
        found = re.search(r"<h1>(.*?)</h1>", self.text)
        return found.group(1) if found else ""


class Pages:
    """The pages of a hub, served by uvicorn at a port of loopback."""

    def __init__(self, bench: Bench, folder: Path, web_table: dict[str, str | int]) -> None:
        self.bench = bench
        (port,) = free_ports(1)
        self.port = port
        tables: Table = {
            "hub": {"authority": "Sportello di Esempio"},
            "broker": {"host": "localhost", "port": 1},
            "smtp": {"host": "localhost", "port": 1, "sender": "a@hub.example"},
            "web": {"port": port, "base_url": f"http://127.0.0.1:{port}", **web_table},
        }
        (folder / "hub.toml").write_text(to_toml(tables), encoding="utf-8")
        loaded = settings.load(folder)
        self.confirmed = threading.Event()
        self.healthy = True
        self.writer = Writer(lambda: Store.open(loaded.registry_path))
        self.site = web.Site(
            settings=loaded,
            open_reader=lambda: Store.open_reader(loaded.registry_path),
            writer=self.writer,
            clock=lambda: bench.now,
            message_id=bench.registry.message_id,
            confirmed=self.confirmed.set,
            healthy=lambda: self.healthy,
        )
        self.server = web.server(self.site)
        door = socket.create_server(("127.0.0.1", port))
        self.threads = [
            start("writer", self.writer.run),
            start("web", lambda: self.server.run(sockets=[door])),
        ]
        wait_until(lambda: port_answers(port), 10, "the pages")

    def close(self) -> None:
        self.server.should_exit = True
        self.writer.stop()
        for thread in self.threads:
            thread.join(5)

    def ask(self, path: str, method: str = "GET", headers: dict[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, headers=headers or {})
            response = connection.getresponse()
            named = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, named, response.read().decode())
        finally:
            connection.close()

    def sent(self, *, hours_ago: int = 0) -> str:
        """The path of the link in the newest letter, which the mail server took so long ago."""
        store = self.bench.store
        letter = letters.due(store, self.bench.now + HOUR, 100)[-1]
        with store.transaction():
            letters.sent(store, letter.id, self.bench.now - hours_ago * HOUR)
        return f"/confirm/{self.bench.tokens.token(letter.message_id)}"

    def is_confirmed(self) -> bool:
        return any(
            one.email_confirmed_at is not None
            for one in registrations.registrations(self.bench.store)
        )


@pytest.fixture
def pages(bench: Bench, tmp_path: Path) -> Iterator[Pages]:
    made = Pages(bench, tmp_path, {"calls_per_minute": 1000})
    yield made
    made.close()


@pytest.fixture
def link(pages: Pages, bench: Bench, station: Station) -> str:
    station.record(preregistration(1))
    bench.send(station, 1, 1)
    return pages.sent()


@pytest.mark.rule("R-003-33")
def test_person_opens_the_link_and_presses_the_button(
    pages: Pages, bench: Bench, link: str
) -> None:
    opened = pages.ask(link)
    assert (opened.status, opened.heading) == (200, "Conferma il tuo indirizzo e-mail")
    assert '<form method="post"><button type="submit">Conferma</button></form>' in opened.text
    assert not pages.is_confirmed()

    pressed = pages.ask(link, "POST")
    (registration,) = registrations.registrations(bench.store)
    number = registration.number
    assert f"{number[:3]}-{number[3:6]}-{number[6:]}" in pressed.text
    assert registration.email_confirmed_at == bench.now
    assert pages.confirmed.is_set()
    second = letters.due(bench.store, bench.now, 10)
    assert [letter.kind.value for letter in second] == ["address-confirmed"]


@pytest.mark.rule("R-003-39")
def test_confirmed_page_says_what_to_bring(pages: Pages, link: str) -> None:
    text = pages.ask(link, "POST").text
    for needed in ("documento di identità valido", "tessera sanitaria", "numero di registrazione"):
        assert needed in text


@pytest.mark.rule("R-003-33")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_mail_scanners_that_open_links_confirm_nothing(
    pages: Pages, link: str, method: str
) -> None:
    for _ in range(5):
        assert pages.ask(link, method).status == 200
    assert not pages.is_confirmed()
    assert pages.ask(link, "POST").status == 200


def test_second_use_is_told_and_shows_no_number(pages: Pages, bench: Bench, link: str) -> None:
    pages.ask(link, "POST")
    for method in ("GET", "POST"):
        again = pages.ask(link, method)
        assert (again.status, again.heading) == (410, "Indirizzo già confermato")
        assert registrations.registrations(bench.store)[0].number[:3] + "-" not in again.text
    assert len(letters.due(bench.store, bench.now, 10)) == 1


@pytest.mark.rule("R-003-33")
def test_link_of_yesterday_has_expired(pages: Pages, bench: Bench, link: str) -> None:
    bench.now += 24 * HOUR
    for method in ("GET", "POST"):
        late = pages.ask(link, method)
        assert (late.status, late.heading) == (410, "Il collegamento è scaduto")
        assert "ripeti la registrazione" in late.text
    assert not pages.is_confirmed()


def test_link_to_a_replaced_registration(
    pages: Pages, bench: Bench, station: Station, link: str
) -> None:
    station.record(preregistration(1, email="other@example.org"))
    bench.send(station, 2, 2)
    for method in ("GET", "POST"):
        old = pages.ask(link, method)
        assert (old.status, old.heading) == (410, "C'è una richiesta più recente")
    assert pages.ask(pages.sent(), "POST").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/confirm/" + "a" * 26,
        "/confirm/short",
        "/confirm/%00%ff",
        "/confirm/" + "a" * 5000,
        "/confirm/",
        "/confirm/../../etc/passwd",
        "/",
        "/nothing/of/ours",
        "/confirm/%3Cscript%3Ealert(1)%3C/script%3E",
    ],
)
def test_unknown_link_has_its_own_page(pages: Pages, path: str) -> None:
    for method in ("GET", "POST"):
        unknown = pages.ask(path, method)
        assert (unknown.status, unknown.heading) == (404, "Collegamento non valido")
        assert "<script" not in unknown.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_do_nothing(pages: Pages, link: str, method: str) -> None:
    assert pages.ask(link, method).status == 404
    assert not pages.is_confirmed()


@pytest.mark.parametrize(
    ("asked", "accepted", "heading"),
    [
        ("", "", "Collegamento non valido"),
        ("", "en-GB,it;q=0.5", "The link is not valid"),
        ("", "de-DE,fr;q=0.9", "Collegamento non valido"),
        ("", "de,en;q=0.5", "The link is not valid"),
        ("?lang=en", "it", "The link is not valid"),
        ("?lang=xx", "en", "The link is not valid"),
    ],
)
def test_language_of_a_page_without_a_person(
    pages: Pages, asked: str, accepted: str, heading: str
) -> None:
    headers = {"Accept-Language": accepted} if accepted else {}
    assert pages.ask(f"/confirm/x{asked}", headers=headers).heading == heading


def test_page_speaks_the_persons_language_and_offers_the_other(
    pages: Pages, bench: Bench, station: Station
) -> None:
    station.record(preregistration(1, language="en"))
    bench.send(station, 1, 1)
    link = pages.sent()
    english = pages.ask(link, headers={"Accept-Language": "it"})
    assert english.heading == "Confirm your e-mail address"
    assert '<html lang="en">' in english.text
    assert '<a href="?lang=it" lang="it" hreflang="it">Italiano</a>' in english.text
    assert pages.ask(f"{link}?lang=it").heading == "Conferma il tuo indirizzo e-mail"
    assert pages.ask(f"{link}?lang=it", "POST").heading == "Indirizzo confermato"


def test_every_answer_is_closed_to_the_world_around(pages: Pages, link: str) -> None:
    for path, method in (
        (link, "GET"),
        (link, "POST"),
        ("/confirm/x", "GET"),
        ("/style.css", "GET"),
        ("/health", "GET"),
        ("/else", "GET"),
    ):
        headers = pages.ask(path, method).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in headers


class _Outline(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "name",
    ["confirm", "confirmed", "expired", "used", "superseded", "unknown", "failure", "too-many"],
)
def test_pages_need_nothing_and_are_built_for_everybody(language: str, name: str) -> None:
    """One heading, one main part, a language, a title; no script, picture or foreign address."""
    values = {"number": "ABC-DEF-GHJ", "delegation": ""}
    text = Renderer("A & <B>").text(f"{language}/{name}.html", language, "/confirm/x", values)
    outline = _Outline()
    outline.feed(text)
    names = [tag for tag, _ in outline.tags]
    assert names.count("h1") == names.count("main") == names.count("title") == 1
    assert dict(outline.tags)["html"] == {"lang": language}
    assert not {"script", "img", "iframe", "object", "input"} & set(names)
    assert not any(
        attribute.startswith("on") or attribute == "style"
        for _, attributes in outline.tags
        for attribute in attributes
    )
    assert "http" not in text
    assert "A &amp; &lt;B&gt;" in text


def test_too_many_requests_of_one_address(bench: Bench, tmp_path: Path) -> None:
    pages = Pages(bench, tmp_path, {"calls_per_minute": 5})
    try:
        answers = [pages.ask("/confirm/x") for _ in range(7)]
        assert [answer.status for answer in answers] == [404] * 5 + [429] * 2
        assert answers[-1].heading == "Troppe richieste"
        assert answers[-1].headers["referrer-policy"] == "no-referrer"
        assert pages.ask("/health").status == 200
    finally:
        pages.close()


def test_trusted_proxy_names_the_address(bench: Bench, tmp_path: Path) -> None:
    pages = Pages(bench, tmp_path, {"calls_per_minute": 2, "trusted_proxy": "127.0.0.1"})
    try:
        for last in range(1, 8):
            headers = {"X-Forwarded-For": f"203.0.113.99, 198.51.100.{last}"}
            assert pages.ask("/confirm/x", headers=headers).status == 404
    finally:
        pages.close()


def test_a_visitor_cannot_stand_before_the_proxys_line(bench: Bench, tmp_path: Path) -> None:
    """A proxy may add a line of its own below the one that the visitor wrote."""
    pages = Pages(bench, tmp_path, {"calls_per_minute": 2, "trusted_proxy": "127.0.0.1"})

    def ask(visitor: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", pages.port, timeout=10)
        try:
            connection.putrequest("GET", "/confirm/x")
            connection.putheader("X-Forwarded-For", visitor)
            connection.putheader("X-Forwarded-For", "203.0.113.99")
            connection.endheaders()
            return connection.getresponse().status
        finally:
            connection.close()

    try:
        assert [ask(f"198.51.100.{last}") for last in range(3)] == [404, 404, 429]
    finally:
        pages.close()


def test_proxy_that_is_not_trusted_names_nobody(bench: Bench, tmp_path: Path) -> None:
    pages = Pages(bench, tmp_path, {"calls_per_minute": 2})
    try:
        answers = [
            pages.ask("/confirm/x", headers={"X-Forwarded-For": f"198.51.100.{last}"}).status
            for last in range(1, 5)
        ]
        assert answers == [404, 404, 429, 429]
    finally:
        pages.close()


@pytest.mark.filterwarnings("ignore")
def test_who_says_nothing_does_not_shut_the_pages(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by connections that begin a request and never end it, nor by many of them."""
    quick = partial(connections.protocol, request_seconds=0.4)
    monkeypatch.setattr(connections, "protocol", quick)
    monkeypatch.setattr(connections, "MOST_OF_AN_ADDRESS", 30)
    pages = Pages(bench, tmp_path, {"calls_per_minute": 1000})
    begun = [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX: "]
    try:
        for data in begun:
            with ExitStack() as open_ones:
                slow = [
                    open_ones.enter_context(socket.create_connection(("127.0.0.1", pages.port)))
                    for _ in range(connections.MOST_OF_AN_ADDRESS)
                ]
                for one in slow:
                    one.settimeout(10)
                    one.sendall(data)
                for one in slow:  # the hub ends each
                    with suppress(ConnectionError):
                        while one.recv(4096):
                            pass
                assert pages.ask("/health").status == 200
    finally:
        pages.close()


def test_one_address_holds_so_many_connections_and_a_proxy_all(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST_OF_AN_ADDRESS", 3)

    def held(pages: Pages) -> list[bool]:
        wait_until(lambda: not pages.server.server_state.connections, 10, "the first visit")
        with ExitStack() as open_ones:
            answered = []
            for _ in range(5):
                one = open_ones.enter_context(socket.create_connection(("127.0.0.1", pages.port)))
                one.settimeout(10)
                try:
                    one.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
                    answered.append(bool(one.recv(100)))
                except ConnectionError:
                    answered.append(False)
            return answered

    for proxy, expected in (("", [True] * 3 + [False] * 2), ("127.0.0.1", [True] * 5)):
        pages = Pages(bench, tmp_path, {"trusted_proxy": proxy})
        try:
            assert held(pages) == expected
        finally:
            pages.close()


def test_registry_that_cannot_be_written_is_an_apology_and_loses_nothing(
    pages: Pages, link: str, caplog: pytest.LogCaptureFixture
) -> None:
    pages.writer.call(lambda store: store.rows("PRAGMA query_only=ON"))
    sorry = pages.ask(link, "POST")
    assert (sorry.status, sorry.heading) == (503, "Non ci siamo riusciti")
    assert link.rpartition("/")[2] not in "".join(
        record.getMessage() for record in caplog.records if record.name.startswith("sportello")
    )
    pages.writer.call(lambda store: store.rows("PRAGMA query_only=OFF"))
    assert pages.ask(link, "POST").heading == "Indirizzo confermato"


def test_health_tells_of_the_link(pages: Pages) -> None:
    assert pages.ask("/health").status == 200
    pages.healthy = False
    assert pages.ask("/health").status == 503


def test_two_people_press_at_the_same_time(pages: Pages, bench: Bench, link: str) -> None:
    answers: list[Answer] = []
    presses = [
        threading.Thread(target=lambda: answers.append(pages.ask(link, "POST"))) for _ in range(8)
    ]
    for press in presses:
        press.start()
    for press in presses:
        press.join()
    assert sorted(answer.status for answer in answers) == [200] + [410] * 7
    assert len(letters.due(bench.store, bench.now, 10)) == 1
