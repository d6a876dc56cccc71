"""A register of the PDND: every signature is judged by a server that knows the rules itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sync.hub.registers import RegisterTrouble
from sync.hub.registers.modi import Purpose
from sync.hub.registers.remote import RemoteRegister, RemoteSettings
from sync.model.addresses import ForeignAddress, ItalianAddress
from sync.model.inquiry import PersonFound, RegisterName
from tests.emulated.registers.modi import Pdnd, PdndServer
from tests.workbench.authority import Authority

MARIO = "RSSMRA80A01H501U"
TORINO = "L219"


def subject(**changes: Any) -> dict[str, Any]:
    """An answer about Mario, as ANPR writes it."""
    general = {
        "codiceFiscale": {"codFiscale": MARIO, "validitaCF": "1"},
        "cognome": "ROSSI",
        "nome": "MARIO",
        "sesso": "M",
        "dataNascita": "1980-01-01",
    }
    home = {
        "tipoIndirizzo": "1",
        "indirizzo": {
            "cap": "10121",
            "comune": {"nomeComune": "TORINO", "codiceIstat": "001272"},
            "toponimo": {"specie": "VIA", "denominazioneToponimo": "GIUSEPPE VERDI"},
            "numeroCivico": {"numero": "7", "lettera": "B", "civicoInterno": {"scala": "2"}},
        },
    }
    person = {"generalita": general | changes.pop("generalita", {}), "residenza": [home]} | changes
    return {"idOperazioneANPR": "1", "listaSoggetti": {"datiSoggetto": [person]}}


@pytest.fixture(scope="module")
def client_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture
def pdnd(client_key: rsa.RSAPrivateKey) -> Pdnd:
    return Pdnd(client_key.public_key(), "client-1", "kid-1", "purpose-1", {MARIO: subject()})


@pytest.fixture
def server(pdnd: Pdnd, tmp_path: Path) -> Iterator[PdndServer]:
    authority = Authority.create("registers-ca")
    credential = authority.issue_server("registers", ("localhost",))
    (tmp_path / "ca.pem").write_bytes(authority.certificate_pem)
    (tmp_path / "server.pem").write_bytes(credential.certificate_pem)
    (tmp_path / "server.key").write_bytes(credential.key_pem)
    with PdndServer(pdnd, tmp_path / "server.pem", tmp_path / "server.key") as running:
        yield running


@pytest.fixture
def settings(
    server: PdndServer, pdnd: Pdnd, client_key: rsa.RSAPrivateKey, tmp_path: Path
) -> RemoteSettings:
    (tmp_path / "client.pem").write_bytes(
        client_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (tmp_path / "answers.json").write_text(pdnd.answer_jwks())
    purpose = Purpose("client-1", "kid-1", "purpose-1", "pdnd-auth", "e-service", "hub")
    return RemoteSettings(
        token_url=f"{server.url}/token",
        service_url=f"{server.url}/service",
        purpose=purpose,
        key_file=tmp_path / "client.pem",
        answer_keys=tmp_path / "answers.json",
        bound=False,
        case="C020",
        reason="registrazione allo sportello",
        ca=tmp_path / "ca.pem",
        seconds=5,
    )


@pytest.mark.parametrize("bound", [False, True])
@pytest.mark.rule("R-003-10")
def test_a_person_is_found_with_requests_that_stand_every_check(
    settings: RemoteSettings, pdnd: Pdnd, *, bound: bool
) -> None:
    pdnd.bound = bound
    register = RemoteRegister(RegisterName.CIA, replace(settings, bound=bound))
    found = register.find(MARIO, TORINO, "operator-1")
    assert isinstance(found, PersonFound), pdnd.refused
    assert (found.person.surname, found.person.name) == ("ROSSI", "MARIO")
    assert found.person.birth_date.text == "1980-01-01"
    assert found.residence == ItalianAddress(
        street="Via Giuseppe Verdi", number="7B scala 2", comune=TORINO, cap="10121"
    )
    assert pdnd.asked_by == ["operator-1"]
    assert register.find("BRNGNN71B26L219T", TORINO, "operator-1") is None
    assert (pdnd.vouchers, pdnd.served, pdnd.refused) == (1, 2, [])
    register.close()


def test_each_operator_has_a_voucher_that_names_them(settings: RemoteSettings, pdnd: Pdnd) -> None:
    register = RemoteRegister(RegisterName.AURA, settings)
    for operator in ("operator-1", "operator-2", "operator-1"):
        assert isinstance(register.find(MARIO, "", operator), PersonFound), pdnd.refused
    assert pdnd.vouchers == 2
    assert pdnd.asked_by == ["operator-1", "operator-2", "operator-1"]
    register.close()


def test_cia_knows_people_in_the_comune_that_was_asked_for_and_aura_anywhere(
    settings: RemoteSettings,
) -> None:
    cia = RemoteRegister(RegisterName.CIA, settings)
    aura = RemoteRegister(RegisterName.AURA, settings)
    assert cia.find(MARIO, "H501", "o") is None
    assert isinstance(aura.find(MARIO, "H501", "o"), PersonFound)
    cia.close()
    aura.close()


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"key_id": "kid-2"}, "assertion header"),
        ({"purpose_id": "purpose-2"}, "assertion audience or purpose"),
        ({"assertion_audience": "somebody"}, "assertion audience or purpose"),
        ({"client_id": "client-2"}, "client"),
        ({"service_audience": "another-service"}, "evidence audience or purpose"),
    ],
)
def test_the_stand_in_refuses_what_is_not_as_approved(
    settings: RemoteSettings, pdnd: Pdnd, change: dict[str, str], refusal: str
) -> None:
    purpose = replace(settings.purpose, **change)
    register = RemoteRegister(RegisterName.AURA, replace(settings, purpose=purpose))
    found = register.find(MARIO, TORINO, "o")
    assert isinstance(found, RegisterTrouble)
    assert found.code == "register.refused"
    assert pdnd.refused[0] == refusal
    register.close()


def test_another_clients_key_gets_no_voucher(
    settings: RemoteSettings, pdnd: Pdnd, tmp_path: Path
) -> None:
    stranger = rsa.generate_private_key(65537, 2048)
    (tmp_path / "stranger.pem").write_bytes(
        stranger.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    register = RemoteRegister(
        RegisterName.AURA, replace(settings, key_file=tmp_path / "stranger.pem")
    )
    assert isinstance(register.find(MARIO, TORINO, "o"), RegisterTrouble)
    assert pdnd.refused == ["signature"]
    register.close()


def test_an_unbound_voucher_is_no_use_where_one_must_be_bound(
    settings: RemoteSettings, pdnd: Pdnd
) -> None:
    pdnd.bound = True
    register = RemoteRegister(RegisterName.AURA, settings)
    assert register.find(MARIO, TORINO, "o") == RegisterTrouble("register.refused", "voucher 401")
    assert pdnd.refused == ["no proof"]
    register.close()


def test_a_voucher_that_died_is_replaced_once(settings: RemoteSettings, pdnd: Pdnd) -> None:
    pdnd.voucher_seconds = 0
    register = RemoteRegister(RegisterName.AURA, settings)
    assert register.find(MARIO, TORINO, "o") == RegisterTrouble("register.refused", "401")
    assert pdnd.vouchers == 2
    pdnd.voucher_seconds = 600
    assert isinstance(register.find(MARIO, TORINO, "o"), PersonFound)
    register.close()


def test_an_answer_changed_on_its_way_is_not_believed(settings: RemoteSettings, pdnd: Pdnd) -> None:
    pdnd.tamper = lambda body: body.replace(b"ROSSI", b"VERDI")
    register = RemoteRegister(RegisterName.AURA, settings)
    assert register.find(MARIO, "", "o") == RegisterTrouble("register.nonsense", "signature")
    pdnd.tamper, pdnd.sign_answers = None, False
    assert register.find(MARIO, "", "o") == RegisterTrouble("register.nonsense", "signature")
    pdnd.sign_answers, pdnd.answer_audience = True, "client-2"
    assert register.find(MARIO, "", "o") == RegisterTrouble("register.nonsense", "signature")
    register.close()


def test_an_answer_by_another_key_is_not_believed(settings: RemoteSettings, pdnd: Pdnd) -> None:
    register = RemoteRegister(RegisterName.AURA, settings)
    pdnd.service_key = rsa.generate_private_key(65537, 2048)
    assert register.find(MARIO, "", "o") == RegisterTrouble("register.nonsense", "signature")
    register.close()


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_register_that_is_busy_counts_as_away(
    settings: RemoteSettings, pdnd: Pdnd, status: int
) -> None:
    pdnd.status = status
    register = RemoteRegister(RegisterName.AURA, settings)
    assert register.find(MARIO, "", "o") == RegisterTrouble("register.away", str(status))
    register.close()


def test_a_register_that_does_not_answer_is_not_waited_for(
    settings: RemoteSettings, pdnd: Pdnd
) -> None:
    pdnd.delay = 3.0
    register = RemoteRegister(RegisterName.AURA, replace(settings, seconds=0.3))
    before = time.monotonic()
    assert register.find(MARIO, "", "o") == RegisterTrouble("register.away", "ReadTimeout")
    assert time.monotonic() - before < 2.5
    register.close()


def test_a_server_that_is_not_believed_gets_no_question(
    settings: RemoteSettings, pdnd: Pdnd, tmp_path: Path
) -> None:
    (tmp_path / "other.pem").write_bytes(Authority.create("other-ca").certificate_pem)
    register = RemoteRegister(RegisterName.AURA, replace(settings, ca=tmp_path / "other.pem"))
    assert register.find(MARIO, "", "o") == RegisterTrouble("register.away", "ConnectError")
    assert pdnd.vouchers == 0
    register.close()


@pytest.mark.parametrize(
    "answer",
    [
        {"listaSoggetti": {"datiSoggetto": []}},
        {"listaSoggetti": "nobody"},
        subject(generalita={"codiceFiscale": {"codFiscale": "BRNGNN71B26L219T"}}),
        subject(generalita={"cognome": "", "nome": ""}),
        subject(generalita={"dataNascita": "1980-13-01"}),
        subject(generalita={"sesso": "X"}),
        subject(generalita={"cognome": ["ROSSI"], "nome": None}),
    ],
)
def test_an_answer_that_is_not_about_the_one_person_is_none(
    settings: RemoteSettings, pdnd: Pdnd, answer: dict[str, Any]
) -> None:
    pdnd.people[MARIO] = answer
    register = RemoteRegister(RegisterName.AURA, settings)
    assert register.find(MARIO, "", "o") == RegisterTrouble("register.nonsense", "content")
    register.close()


def test_partial_dates_missing_names_and_addresses_abroad_are_legal(
    settings: RemoteSettings, pdnd: Pdnd
) -> None:
    abroad = {
        "localitaEstera": {
            "indirizzoEstero": {
                "localita": {"descrizioneLocalita": "LYON", "descrizioneStato": "FRANCIA"},
                "toponimo": {"denominazione": "RUE DE LA REPUBLIQUE", "numeroCivico": "5"},
            }
        }
    }
    pdnd.people[MARIO] = subject(
        generalita={"senzaNome": "1", "senzaGiornoMese": "1"}, residenza=[abroad]
    )
    register = RemoteRegister(RegisterName.AURA, settings)
    found = register.find(MARIO, "", "o")
    assert isinstance(found, PersonFound)
    assert (found.person.name, found.person.birth_date.text) == (None, "1980")
    assert isinstance(found.residence, ForeignAddress)
    assert found.residence.city == "LYON"
    register.close()


def test_an_address_that_the_form_cannot_hold_is_left_out(
    settings: RemoteSettings, pdnd: Pdnd
) -> None:
    pdnd.people[MARIO] = subject(residenza=[{"indirizzo": {"comune": {"codiceIstat": "999999"}}}])
    register = RemoteRegister(RegisterName.AURA, settings)
    found = register.find(MARIO, "", "o")
    assert isinstance(found, PersonFound)
    assert found.residence is None
    register.close()


def test_an_answer_that_drips_for_ever_is_given_up(settings: RemoteSettings) -> None:
    class Dripping(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                time.sleep(0.02)
                yield b" "

    register = RemoteRegister(RegisterName.AURA, replace(settings, seconds=0.1))
    asked = httpx.Request("POST", settings.service_url)
    began = time.monotonic()
    with pytest.raises(httpx.ReadTimeout):
        register._read(httpx.Response(200, stream=Dripping(), request=asked))
    assert time.monotonic() - began < 2
    register.close()
