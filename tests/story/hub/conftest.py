"""A site with its services, a station that only knows the wire, and a browser."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service as ChromeService

from sync.wire import batch, envelope, receipt, topics, trust
from sync.wire.receipt import Acknowledgement
from sync.wire.signer import SoftwareSigner, VerifyingKey
from sync.wire.trust import HubTrust
from tests.emulated.mqtt import Visitor
from tests.emulated.services import Broker, HubProcess, MailServer, wait_until
from tests.unit.hub.stations import Station
from tests.workbench.pki import REPOSITORY, Site, make_site

RESEND_SECONDS = 2.0


class WireStation:
    """A station made of its keys and of the protocol: sends, sends again, believes only the hub."""

    def __init__(self, site: Site, name: str, code: int) -> None:
        folder = site.stations[name]
        root = VerifyingKey.from_pem((folder / "trust" / "root.pem").read_bytes())
        loaded = trust.load((folder / "trust" / "hub.cose").read_bytes(), root)
        assert isinstance(loaded, HubTrust)
        self.trust = loaded
        self.station = Station(
            name,
            code,
            loaded.sealing_key,
            SoftwareSigner.from_pem((folder / "key" / "signing.pem").read_bytes()),
        )
        self.site = site
        self.watermark = 0
        self.told_at = 0
        self.answers: dict[int, receipt.Outcome] = {}
        self.visitor: Visitor | None = None

    def connect(self) -> Visitor:
        """The connection, made when there is none; the broker may be away for a while."""
        deadline = time.monotonic() + 20
        while self.visitor is None or not self.visitor.client.is_connected():
            self.close()
            visitor = Visitor(
                self.site.ports.stations,
                (self.site.stations[self.station.name] / "tls", "station"),
                ca=self.site.broker_dir / "ca.pem",
            )
            try:
                self.visitor = visitor.connect()
                visitor.listen(topics.acknowledgements(self.station.name))
            except (OSError, TimeoutError):
                visitor.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        return self.visitor

    def close(self) -> None:
        if self.visitor is not None:
            self.visitor.close()
            self.visitor = None

    def ask(self, message: bytes, seconds: float = RESEND_SECONDS) -> Acknowledgement | None:
        """Sends one message; what the hub says next, if it comes in time."""
        visitor = self.connect()
        self.hear()
        visitor.client.publish(topics.operations(self.station.name), message, qos=1)
        deadline = time.monotonic() + seconds
        while (told := self.hear()) is None:
            if time.monotonic() > deadline or not visitor.client.is_connected():
                return None
            time.sleep(0.001)
        return told

    def hear(self) -> Acknowledgement | None:
        """Takes in what the hub has said; the last word, None for silence."""
        visitor = self.connect()
        acknowledgement = None
        while visitor.heard:
            acknowledgement = receipt.verify(visitor.heard.pop(0)[1], self.trust)
            assert acknowledgement is not None
            assert acknowledgement.station == self.station.name
            self._believe(acknowledgement)
        return acknowledgement

    def drain(self, seconds: float = 60) -> None:
        """Sends until everything is acknowledged and every outcome is known."""
        chain = self.station.chain
        deadline = time.monotonic() + seconds
        while self.known < len(chain):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.watermark}, {self.known} of {len(chain)}")
            items = batch.leading(chain[self.watermark :]) if self.watermark < len(chain) else ()
            if not items and self._told_soon():
                continue
            self.ask(batch.pack(items, known=self.known))

    def send_all(self, seconds: float = 60) -> None:
        """Sends until everything is acknowledged, whatever was decided."""
        chain = self.station.chain
        deadline = time.monotonic() + seconds
        while self.watermark < len(chain):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.watermark} of {len(chain)}")
            self.ask(batch.pack(batch.leading(chain[self.watermark :]), known=self.known))

    def _told_soon(self) -> bool:
        """Whether the hub tells by itself what it decided."""
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            if self.hear() is not None:
                return True
            time.sleep(0.01)
        return False

    @property
    def known(self) -> int:
        """Up to where outcomes are known."""
        known = 0
        while known + 1 in self.answers:
            known += 1
        return known

    def _believe(self, acknowledgement: Acknowledgement) -> None:
        up_to = acknowledgement.up_to
        own = [envelope.genesis(self.station.name), *(one.hash for one in self.station.chain)]
        if acknowledgement.trouble == "station.unknown":
            return
        assert acknowledgement.head == own[up_to]
        # Of two processes of a hub the later word may come first.
        is_newest = acknowledgement.hub_time > self.told_at
        self.told_at = max(self.told_at, acknowledgement.hub_time)
        if is_newest:
            assert up_to >= self.watermark, "the hub has lost what it acknowledged"
        for answer in acknowledgement.answers:
            assert self.answers.setdefault(answer.seq, answer.outcome) == answer.outcome
        self.watermark = max(self.watermark, up_to)


def listing(site: Site) -> list[str]:
    """The lines of `python -m sync.hub registry` between the headings and the count."""
    done = subprocess.run(
        [sys.executable, "-m", "sync.hub", "registry", "--hub-dir", str(site.hub_dir)],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    )
    return done.stdout.splitlines()[2:-1]


def link_in(letter: EmailMessage) -> str:
    """The confirmation link, as a person finds it in the plain text."""
    body = letter.get_body(("plain",))
    assert body is not None
    found = re.search(r"^https?://\S+$", str(body.get_content()), re.MULTILINE)
    assert found is not None
    return found.group(0)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path / "site", ["kiosk-0001", "kiosk-0002"])


@pytest.fixture
def broker(site: Site) -> Iterator[Broker]:
    with Broker(site) as running:
        yield running


@pytest.fixture
def mail(site: Site) -> Iterator[MailServer]:
    with MailServer(site) as running:
        yield running


@pytest.fixture
def hub(site: Site, broker: Broker) -> Iterator[HubProcess]:
    assert broker.running
    with HubProcess(site) as running:
        wait_until(running.linked, 10, "the hub's link")
        yield running


@pytest.fixture
def station(site: Site) -> Iterator[WireStation]:
    made = WireStation(site, "kiosk-0001", 17)
    yield made
    made.close()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    options = Options()
    options.binary_location = "/usr/bin/chromium"
    for flag in (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=900,1100",
        "--lang=it",
        f"--user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):
        options.add_argument(flag)
    driver = Chrome(options=options, service=ChromeService("/usr/bin/chromedriver"))
    yield driver
    driver.quit()
