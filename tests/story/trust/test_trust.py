"""A device becomes a station, works, is blocked, comes back, renews itself, and is revoked.

Hub with its device authority, Mosquitto with the files that the hub wrote, enrolment pages, link and
`python -m kiosk.enrol` are real processes; of the window it is all but the screen. Only the wire to
the broker is ours, to be cut.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk import link as link_program
from kiosk.app import Kiosk
from kiosk.settings import SettingsError
from sync.edge import station
from sync.edge.standing import StationStanding
from sync.hub.device_ca import authority
from sync.hub.settings import load as load_hub
from sync.model.certificates import CertificateState
from sync.model.console import (
    EnrolmentApproval,
    StationAction,
    StationChange,
    StationRegistration,
)
from sync.model.console_views import (
    EnrolmentCodeAsked,
    EnrolmentCodeTold,
    StationsAsked,
    StationsTold,
)
from sync.wire import device_certificate
from sync.wire.receipt import Accepted
from tests.emulated.services import Broker, CuttableNetwork, HubProcess, LinkProcess, wait_until
from tests.story.trust.town import SECONDS, AdministratorsCard, Town, Window, new_device
from tests.workbench.administrators import COMUNE, PAOLA, put_administrators

pytestmark = pytest.mark.timeout(120)

FIRST = f"{COMUNE}-PC-0001"
SECOND = f"{COMUNE}-PC-0002"
CARD = AdministratorsCard(PAOLA)
APPROVAL = 3
"""Exit code of an enrolment that waits for a person."""


@dataclass
class Scene:
    """The town with everything that runs in it; its first station is enrolled already."""

    town: Town
    network: CuttableNetwork
    hub: HubProcess
    first: Path
    link: LinkProcess
    window: Window
    said: list[str]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    town = Town.make(tmp_path_factory.mktemp("trust") / "site")
    put_administrators(town.site, (PAOLA,), ())
    with ExitStack() as open_:
        enter = open_.enter_context
        enter(Broker(town.site))
        network = enter(CuttableNetwork(town.site))
        hub = enter(HubProcess(town.site))
        wait_until(hub.linked, SECONDS, "the hub's link")
        folder = new_device(town.site.folder / "stations" / FIRST)
        assert town.command("register", "--comune", COMUNE).split() == [FIRST]
        code = town.command("token", FIRST).splitlines()[0]
        status, said = town.enrol(folder, code, address=hub.web_url)
        assert status == APPROVAL, said
        town.command("approve", FIRST, "--check-code", said[0].split()[1])
        status, more = town.enrol(folder)
        assert status == 0, more
        town.folders[FIRST] = folder
        assert town.state(FIRST) is CertificateState.ISSUED
        link = enter(LinkProcess(town.site, FIRST))
        window = enter(Window(folder, counter=True))
        window.wait_online()
        yield Scene(town, network, hub, folder, link, window, said + more)


@pytest.mark.rule("C-004-1")
@pytest.mark.rule("R-004-13")
@pytest.mark.rule("R-004-14")
def test_a_device_becomes_a_station_and_what_it_records_arrives(scene: Scene) -> None:
    assert scene.said[0].split()[0] == FIRST
    assert scene.said[-1] == "ready"
    assert "# the image's" in (scene.first / "station.toml").read_text()
    name = scene.window.register(1)
    assert not isinstance(name, str)
    assert scene.window.outcome(name) == Accepted()
    assert scene.town.state(FIRST) is CertificateState.ACTIVE
    assert "0 changed" in scene.town.command("verify")


@pytest.mark.rule("R-004-13")
@pytest.mark.rule("R-004-14")
def test_an_administrators_card_registers_and_approves_the_next_one(scene: Scene) -> None:
    window, town = scene.window, scene.town
    # The roster came over the wire, to a station that was enrolled a moment ago.
    wait_until(window.profile.roster_list.exists, SECONDS, "the roster")
    assert window.outcome(window.act(StationRegistration(COMUNE, "Stato civile"), CARD)) == (
        Accepted()
    )
    told = window.ask(EnrolmentCodeAsked(COMUNE, SECOND), CARD)
    assert isinstance(told, EnrolmentCodeTold)
    folder = new_device(town.site.folder / "stations" / SECOND)
    token = town.site.folder / "token"
    token.write_text(told.token)
    status, said = town.enrol(folder, **{"token-file": str(token)})
    assert status == APPROVAL, said
    listed = window.ask(StationsAsked(COMUNE), CARD)
    assert isinstance(listed, StationsTold)
    waiting = next(one for one in listed.records if one.name == SECOND)
    assert said[0] == f"{SECOND} {waiting.check_code}"
    approval = EnrolmentApproval(COMUNE, SECOND, waiting.request)
    assert window.outcome(window.act(approval, CARD)) == Accepted()
    status, said = town.enrol(folder)
    assert (status, said[-1]) == (0, "ready")
    town.folders[SECOND] = folder


@pytest.mark.rule("R-004-15")
@pytest.mark.rule("R-004-16")
def test_a_station_that_is_blocked_by_hand_is_silenced_and_goes_on_afterwards(scene: Scene) -> None:
    window, town = scene.window, scene.town
    window.wait_online()
    scene.link.freeze()  # so that there is something that nobody has sent
    before = window.register(2)
    assert not isinstance(before, str)
    town.command("block", FIRST)
    scene.link.thaw()
    window.wait_for(StationStanding.BLOCKED, 10)
    assert window.register(3) == "standing.blocked"
    assert window.records.has(before)
    assert window.records.outcome(before) is None
    town.command("unblock", FIRST)
    window.wait_for(StationStanding.GOOD, 10)
    assert window.outcome(before) == Accepted()
    after = window.register(4)
    assert not isinstance(after, str)
    assert window.outcome(after) == Accepted()


@pytest.mark.rule("R-004-16")
def test_an_open_screen_is_told_within_seconds(scene: Scene) -> None:
    """By the hub, unasked, over the connection that is silenced: nothing is recorded meanwhile."""
    window = scene.window
    window.wait_online()
    scene.town.command("block", FIRST)
    assert window.wait_for(StationStanding.BLOCKED, 5) < 5
    scene.town.command("unblock", FIRST)
    assert window.wait_for(StationStanding.GOOD, 5) < 5


@pytest.mark.rule("R-004-16")
def test_a_broker_that_turns_a_blocked_station_away_is_understood(scene: Scene) -> None:
    """TLS ends the handshake: known is only that the certificate counts no more, until it is told."""
    window, town = scene.window, scene.town
    window.wait_online()
    scene.network.cut()
    town.command("block", FIRST)
    scene.network.restore()
    window.wait_for(StationStanding.REFUSED, 10)
    assert window.register(5) == "standing.refused"
    town.command("unblock", FIRST)
    window.wait_for(StationStanding.GOOD, 15)
    window.wait_online()


@pytest.mark.rule("R-004-19")
def test_a_certificate_is_renewed_over_the_link_before_it_ends(scene: Scene) -> None:
    town, folder = scene.town, town_folder(scene, SECOND)
    town.certify(folder, age_days=300, days=396)
    before = (folder / "tls" / "station.pem").read_bytes()
    with LinkProcess(town.site, SECOND), Window(folder, pages=False):
        wait_until(
            lambda: (folder / "tls" / "station.pem").read_bytes() != before, SECONDS, "the renewal"
        )
    assert days_left(folder) > 390


@pytest.mark.rule("R-004-19")
def test_a_station_that_was_off_for_too_long_renews_over_the_pages(scene: Scene) -> None:
    town, folder = scene.town, town_folder(scene, SECOND)
    town.certify(folder, age_days=400, days=396)
    with LinkProcess(town.site, SECOND) as link:
        wait_until(lambda: "link.certificate-expired" in link.log_end(), SECONDS, "the alert")
    with LinkProcess(town.site, SECOND), Window(folder) as window:
        wait_until(lambda: days_left(folder) > 390, SECONDS, "the renewal")
        window.wait_online()
        name = window.register(6)
        assert not isinstance(name, str)
        assert window.outcome(name) == Accepted()


@pytest.mark.rule("R-004-15")
@pytest.mark.rule("R-004-18")
def test_a_station_that_an_administrator_revokes_is_out_for_good(scene: Scene) -> None:
    town, folder = scene.town, town_folder(scene, SECOND)
    with LinkProcess(town.site, SECOND) as link, Window(folder) as window:
        window.wait_online()
        act = StationChange(COMUNE, SECOND, StationAction.CANCEL)
        assert scene.window.outcome(scene.window.act(act, CARD)) == Accepted()
        window.wait_for(StationStanding.REVOKED, 10)
        assert window.register(7) == "standing.revoked"
        wait_until(lambda: town.state(SECOND) is CertificateState.REVOKED, SECONDS, "revocation")
        # The others hear of it by the hint, and fetch the list.
        wait_until(lambda: SECOND in scene.window.stations().revoked, 5, "the list at the others")
        ups = link.log_end(100_000).count("link.up")
        scene.network.sever()
        wait_until(lambda: "link.certificate-revoked" in link.log_end(), SECONDS, "the alert")
        time.sleep(2.5)  # two tries more
        assert link.log_end(100_000).count("link.up") == ups
    assert window.standing() is StationStanding.REVOKED
    assert "0 changed" in town.command("verify")


@pytest.mark.rule("R-004-9")
def test_a_comunes_server_certificate_starts_neither_link_nor_window(
    scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a folder that is called as a station: the real thing, from the same authority."""
    folder = tmp_path / FIRST
    for part in ("key", "tls", "trust"):
        (folder / part).mkdir(parents=True)
        for file in (scene.first / part).iterdir():
            if file.is_file():
                (folder / part / file.name).write_bytes(file.read_bytes())
    (folder / "station.toml").write_bytes((scene.first / "station.toml").read_bytes())
    newest = authority.load(load_hub(scene.town.site.hub_dir).keys_dir)[0]
    facts = device_certificate.read((folder / "tls" / "station.pem").read_bytes())
    assert isinstance(facts, device_certificate.Facts)
    made = newest.issue(f"{COMUNE}-CO-9999", facts.spki, facts.begins)
    (folder / "tls" / "station.pem").write_bytes(device_certificate.to_pem((made,)))
    assert station.load(folder).name == FIRST
    assert link_program.main(["--station-dir", str(folder)]) == link_program.UNUSABLE
    assert "certificate.server" in capsys.readouterr().err
    with pytest.raises(SettingsError, match=r"certificate\.server"):
        Kiosk.of(folder)


def town_folder(scene: Scene, name: str) -> Path:
    """The second station's folder, which an earlier part of the story made."""
    found = scene.town.folders.get(name)
    if found is None:
        pytest.fail("the second station was not enrolled")
    return found


def days_left(folder: Path) -> float:
    """Of a station's TLS certificate."""
    facts = device_certificate.read((folder / "tls" / "station.pem").read_bytes())
    assert isinstance(facts, device_certificate.Facts)
    return (facts.ends.timestamp() - time.time()) / 86_400
