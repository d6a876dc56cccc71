"""The hub's pages over a registry with one person, served by uvicorn at a port of loopback."""

from __future__ import annotations

import http.client
import socket
from pathlib import Path
from typing import Final

from selenium.webdriver import Chrome

from sync.hub import settings, web
from sync.hub.store.database import Store
from sync.hub.writer import Writer, start
from tests.emulated.services import port_answers, wait_until
from tests.unit.hub_home.people import Registry
from tests.workbench.browser import Visitor
from tests.workbench.pki import Table, free_ports, to_toml

AUTHORITY: Final = "Sportello di Esempio"


class Served:
    """A hub's pages, with procedures at home, over `registry`."""

    def __init__(self, folder: Path) -> None:
        (port,) = free_ports(1)
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        tables: Table = {
            "hub": {"authority": AUTHORITY},
            "broker": {"host": "localhost", "port": 1},
            "smtp": {"host": "localhost", "port": 1, "sender": "a@hub.example"},
            "web": {
                "port": port,
                "base_url": self.url,
                "calls_per_minute": 10_000,
                "documents": "documents",
            },
        }
        self.documents = folder / "documents"
        self.documents.mkdir()
        (folder / "hub.toml").write_text(to_toml(tables), encoding="utf-8")
        loaded = settings.load(folder)
        self.store = Store.open(loaded.registry_path)
        self.registry = Registry(self.store)
        self.writer = Writer(lambda: Store.open(loaded.registry_path))
        self.posted = 0
        site = web.Site(
            settings=loaded,
            open_reader=lambda: Store.open_reader(loaded.registry_path),
            writer=self.writer,
            clock=lambda: self.registry.now,
            message_id=self.registry.message_id,
            confirmed=self._count,
            healthy=lambda: True,
            home=web.Home(self.registry.home, self.registry.online, web.breached_passwords(loaded)),
        )
        self.server = web.server(site)
        door = socket.create_server(("127.0.0.1", port))
        self.threads = [
            start("writer", self.writer.run),
            start("web", lambda: self.server.run(sockets=[door])),
        ]
        wait_until(lambda: port_answers(port), 10, "the pages")

    def fetch(
        self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, str, str]:
        """Status, type and text of an answer; a POST where there is a body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            method = "GET" if body is None else "POST"
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            text = response.read().decode("utf-8", "replace")
            return response.status, response.getheader("content-type") or "", text
        finally:
            connection.close()

    def _count(self) -> None:
        self.posted += 1

    def close(self) -> None:
        self.server.should_exit = True
        self.writer.stop()
        for thread in self.threads:
            thread.join(5)
        self.store.close()


class Person(Visitor):
    """The person of the registry behind these pages."""

    def __init__(self, browser: Chrome, served: Served) -> None:
        super().__init__(browser, served.url)
        self.served = served

    def show_codes(self, code: str, pin: str | None = None) -> None:
        person = self.served.registry.person()
        assert person is not None
        self.open(f"/{'revoke' if pin is None else 'activate'}?lang=it")
        self.fill(codice_fiscale=person.person.codice_fiscale, code=code)
        if pin is not None:
            self.fill(pin=pin)
        self.press("Avanti")
