"""What no browser of a citizen sends: the pages stand, and nothing is told or changed."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from sync.hub.web.forms import MOST_BYTES
from sync.model import transitions
from sync.model.credential import OperationKind
from sync.model.home import HomeStep
from tests.story.web.served import Served
from tests.unit.hub_home.people import CODE, OTHER_CODE, PASSWORD, PIN

FORM = {"content-type": "application/x-www-form-urlencoded"}


def post(served: Served, path: str, **fields: str) -> tuple[int, str, str]:
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    return served.fetch(path, urlencode(named).encode(), FORM)


@pytest.mark.parametrize("path", ["/activate", "/revoke", "/revoke/request"])
@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"", FORM),
        (b"do=next", {}),
        (b"{}", {"content-type": "application/json"}),
        (b"a=1&" * 100, FORM),
        (b"code=%ff%fe", FORM),
        (b"code=\xff\xfe", FORM),
        (b"x" * (MOST_BYTES + 1), FORM),
        (b"ticket=&step=&do=next", FORM),
        (b"ticket=AAAA&step=sign&do=next", FORM),
        (b"ticket=%00&step=%00&do=back&lang=%00", FORM),
        (b"lang=xx&do=show&pin=%3Cscript%3E", FORM),
    ],
)
def test_whatever_is_sent_is_answered_by_a_page(
    served: Served, path: str, body: bytes, headers: dict[str, str]
) -> None:
    status, kind, text = served.fetch(path, body, headers)
    assert status in {200, 403, 410, 422}
    assert kind.startswith("text/html")
    assert "<script" not in text


def test_no_step_is_left_out(served: Served) -> None:
    """Who sends the last step first is asked for the first one."""
    before = served.registry.book(OperationKind.PROMOZIONE)
    member = before.person.codice_fiscale
    _, _, text = post(served, "/activate", do="next", codice_fiscale=member, code=CODE, pin=PIN)
    ticket = text.split('name="ticket" value="', 1)[1].split('"', 1)[0]
    status, _, text = post(served, "/activate", do="next", ticket=ticket, step="sign", lang="en")
    assert status == 200
    assert "<h1>Read the Regulation</h1>" in text
    assert served.registry.person() == before


def test_a_ticket_has_a_password_digested_now_and_then(served: Served) -> None:
    """Or one person's ticket would keep everybody else waiting (ADR 0140)."""
    person = served.registry.book(OperationKind.RISCONTRO_FORTE).person.codice_fiscale
    _, _, text = post(served, "/activate", do="next", codice_fiscale=person, code=CODE, pin=PIN)
    ticket = text.split('name="ticket" value="', 1)[1].split('"', 1)[0]

    def send(step: str, **fields: str) -> tuple[int, str, str]:
        return post(served, "/activate", do="next", ticket=ticket, step=step, lang="en", **fields)

    for step in transitions.home_steps(OperationKind.RISCONTRO_FORTE):
        if step is HomeStep.USERNAME:
            break
        send(step.value, accepted="1")
    assert send("username", username="mario.rossi80")[0] == 200
    said = [send("password", password=PASSWORD, password_again=PASSWORD) for _ in range(12)]
    assert [status for status, _, _ in said] == [200] * 11 + [422]
    assert "too many requests" in said[-1][2]
    served.registry.now += 60_000
    assert send("password", password=PASSWORD, password_again=PASSWORD)[0] == 200


def test_pressing_twice_concludes_once_and_says_so_twice(served: Served) -> None:
    before = served.registry.book(OperationKind.REVOCA)
    member = before.person.codice_fiscale
    _, _, text = post(served, "/revoke", do="next", codice_fiscale=member, code=CODE)
    ticket = text.split('name="ticket" value="', 1)[1].split('"', 1)[0]
    step = {"do": "next", "ticket": ticket, "lang": "en"}
    post(served, "/revoke", step="conditions", accepted="yes", **step)
    for _ in range(2):
        status, _, text = post(served, "/revoke", step="sign", **step)
        assert (status, "Your credentials are revoked" in text) == (200, True)
    assert served.registry.person() is None
    assert len(served.registry.letters()) == 1


def test_what_was_typed_is_never_taken_for_a_page(served: Served) -> None:
    fields = {"codice_fiscale": '"><script>alert(1)</script>', "code": "'><b>", "pin": "1"}
    _, _, text = post(served, "/activate", do="next", **fields)
    assert "<script" not in text
    assert "'><b>" not in text


def test_strangers_and_members_are_answered_alike(served: Served) -> None:
    served.registry.book(OperationKind.RISCONTRO_FORTE)
    known = served.registry.person()
    assert known is not None
    answers = [
        post(served, "/activate", do="next", codice_fiscale=one, code=OTHER_CODE, pin=PIN)
        for one in (known.person.codice_fiscale, "MRTMRA83T56A269B")
    ]
    pages = [
        text.replace(one, "")
        for (_, _, text), one in zip(
            answers, (known.person.codice_fiscale, "MRTMRA83T56A269B"), strict=True
        )
    ]
    assert answers[0][0] == answers[1][0] == 403
    assert pages[0] == pages[1]
