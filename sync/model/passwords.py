"""Rules of username, password and secret question (R-003-19, 38, 51).

They are shown before the person types. Length counts, not kinds of characters (NIST SP 800-63B-4,
3.1.1.2): a password has 12 to 128 characters, holds none of the person's own data, and is not
easily guessed. How easily, whoever calls tells as a score: the model has no dictionaries.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Final

from sync.model.contacts import Contacts
from sync.model.errors import Problem
from sync.model.identity import Person

SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 128
"""Characters of a password in Unicode form NFC."""

LEAST_SCORE: Final = 3
"""Score from which a password is not easily guessed, 0 to 4 as zxcvbn counts: 10^8 guesses."""

SHORTEST_USERNAME: Final = 6
LONGEST_USERNAME: Final = 32
LONGEST_QUESTION: Final = 120
SHORTEST_ANSWER: Final = 3
LONGEST_ANSWER: Final = 100

_SHORTEST_OWN: Final = 4
_USERNAME: Final = re.compile(r"[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*")
_CODICE_FISCALE: Final = re.compile(r"[a-z]{6}[0-9a-z]{2}[a-z][0-9a-z]{2}[a-z][0-9a-z]{3}[a-z]")
_NO_CONTROLS: Final = frozenset({"Cc", "Cs", "Cn", "Co"})
_HIDDEN: Final = "\u2022" * 5  # always as many, so that the length is not told


def normal_password(password: str) -> str:
    """The password as it is digested: Unicode form NFC, nothing else changed."""
    return unicodedata.normalize("NFC", password)


def own_words(person: Person | None = None, contacts: Contacts | None = None) -> frozenset[str]:
    """The person's own data that a password must not hold, folded; words of four letters or more.

    At home nothing is known but the codice fiscale: then a `Person` of whom nothing else is right
    is not made up, and `own_codice_fiscale` serves.
    """
    words: set[str] = set()
    if person is not None:
        words |= own_codice_fiscale(person.codice_fiscale)
        for name in (person.surname, person.name):
            words |= set(_folded(name or "").split())
        words |= _date_words(person.birth_date.text)
    if contacts is not None:
        local = _folded(contacts.email.partition("@")[0])
        words |= {local.replace(" ", ""), *local.split()}
        words |= {
            "".join(filter(str.isdigit, phone))
            for phone in (contacts.landline, contacts.mobile)
            if phone
        }
    return frozenset(word for word in words if len(word) >= _SHORTEST_OWN)


def own_codice_fiscale(codice_fiscale: str) -> frozenset[str]:
    """What of a codice fiscale a password must not hold."""
    return frozenset({codice_fiscale.casefold()})


def password_problems(
    password: str, username: str = "", own: Collection[str] = (), *, score: int | None = None
) -> tuple[Problem, ...]:
    """Everything that speaks against a password.

    Args:
        password: as typed.
        username: the person's.
        own: `own_words`, or whatever is known of the person (a codice fiscale), however written.
        score: 0 to 4 from whoever measured how easily it is guessed; None where nobody did.
    """
    found = []
    text = normal_password(password)
    if not text:
        return (Problem("password.empty", rule="R-003-51"),)
    if len(text) < SHORTEST_PASSWORD:
        details = (("shortest", str(SHORTEST_PASSWORD)),)
        found.append(Problem("password.too-short", rule="R-003-51", details=details))
    if len(text) > LONGEST_PASSWORD:
        details = (("longest", str(LONGEST_PASSWORD)),)
        return (*found, Problem("password.too-long", rule="R-003-51", details=details))
    if any(unicodedata.category(character) in _NO_CONTROLS for character in text):
        found.append(Problem("password.characters", rule="R-003-51"))
    bare = _bare(text)
    plain = text.casefold()
    name = fold_username(username)
    if name and (name in plain or _bare(name) in bare):
        found.append(Problem("password.holds-username", rule="R-003-51"))
    words = {word.casefold() for word in own}
    if any(word and (word in plain or word in bare) for word in words):
        found.append(Problem("password.holds-own-data", rule="R-003-51"))
    if score is not None and score < LEAST_SCORE:
        found.append(Problem("password.easily-guessed", rule="R-003-51"))
    return tuple(found)


def fold_username(username: str) -> str:
    """The form in which usernames are compared: nobody has one that differs by capitals alone."""
    return username.strip().casefold()


def username_shape(username: str) -> str:
    """What may be shown of a username to who must not learn it: `ma•••••i`, empty for none.

    Never so much that the rest could be guessed: of a short one only the first letter.
    """
    if not username:
        return ""
    shown = 2 if len(username) >= 6 else 1
    end = username[-1] if len(username) >= 6 else ""
    return username[:shown] + _HIDDEN + end


def username_problems(username: str) -> tuple[Problem, ...]:
    """Everything that speaks against a username: 6 to 32 of `a-z 0-9 . _ -`, a letter first.

    It is no codice fiscale: the one is known to many and the other is a third of the credentials
    (R-003-1). Whether it is free, and not the old one, the hub knows.
    """
    name = fold_username(username)
    if not name:
        return (Problem("username.empty", rule="R-003-38"),)
    if not SHORTEST_USERNAME <= len(name) <= LONGEST_USERNAME:
        details = (("shortest", str(SHORTEST_USERNAME)), ("longest", str(LONGEST_USERNAME)))
        return (Problem("username.length", rule="R-003-38", details=details),)
    if not _USERNAME.fullmatch(name):
        return (Problem("username.characters", rule="R-003-38"),)
    if _CODICE_FISCALE.fullmatch(name):
        return (Problem("username.codice-fiscale", rule="R-003-1"),)
    return ()


def question_problems(question: str, answer: str) -> tuple[Problem, ...]:
    """Everything that speaks against a secret question and its answer (R-003-38)."""
    asked, answered = fold_answer(question), fold_answer(answer)
    if not asked:
        return (Problem("question.empty", field="question", rule="R-003-38"),)
    if len(question) > LONGEST_QUESTION:
        details = (("longest", str(LONGEST_QUESTION)),)
        return (Problem("question.too-long", field="question", details=details),)
    if len(answered) < SHORTEST_ANSWER:
        details = (("shortest", str(SHORTEST_ANSWER)),)
        return (Problem("answer.too-short", field="answer", rule="R-003-38", details=details),)
    if len(answer) > LONGEST_ANSWER:
        details = (("longest", str(LONGEST_ANSWER)),)
        return (Problem("answer.too-long", field="answer", details=details),)
    if answered in asked:
        return (Problem("answer.in-question", field="answer", rule="R-003-38"),)
    return ()


def answer_of_login(answer: str, username: str = "", password: str = "") -> Problem | None:
    """Whether an answer is the username, or is or stands in the password; None where it does not.

    An answer is what helps who has lost the login, and is guessed more easily than a password:
    compared are letters and digits alone. A login that is not known is left empty.
    """
    bare = _bare(answer)
    if not bare:
        return None
    if bare == _bare(username):
        return Problem("answer.is-username", field="answer", rule="R-003-38")
    if bare in _bare(password):
        return Problem("answer.in-password", field="answer", rule="R-003-38")
    return None


def fold_answer(answer: str) -> str:
    """An answer as it is digested: small letters and digits without accents, single spaces.

    Years later nobody remembers how they wrote it.
    """
    return _folded(answer)


def _folded(text: str) -> str:
    taken_apart = unicodedata.normalize("NFKD", text).casefold()
    letters = (
        character if character.isalnum() else " "
        for character in unicodedata.normalize("NFKD", taken_apart)
        if not unicodedata.combining(character)
    )
    return " ".join("".join(letters).split())


def _bare(text: str) -> str:
    return _folded(text).replace(" ", "")


def _date_words(text: str) -> set[str]:
    """A date of birth in the orders in which people write it, the century left out too."""
    parts = text.split("-")
    short = [parts[0][2:], *parts[1:]]
    return {
        "".join(parts),
        "".join(reversed(parts)),
        parts[0],
        "".join(short),
        "".join(reversed(short)),
    }
