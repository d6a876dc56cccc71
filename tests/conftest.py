"""What every test may use: the report of the proven seed rules."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.emulated.cards.pcscd import settle_address

_PROOFS = pytest.StashKey[dict[str, dict[str, str]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rules-report",
        metavar="FILE",
        help="write which test proves which seed rule, and with what outcome, as JSON",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_PROOFS] = {}
    # No test may talk to a pcscd of this machine, nor spoil the address of the next one's own.
    folder = Path(tempfile.mkdtemp(prefix="sportello-pcscd-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    settle_address(folder)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item):  # type: ignore[no-untyped-def]  # noqa: ANN201
    outcome = yield
    report = outcome.get_result()
    if report.when == "call" or report.outcome != "passed":
        for mark in item.iter_markers("rule"):
            for rule in mark.args:
                item.config.stash[_PROOFS].setdefault(rule, {})[item.nodeid] = report.outcome


def pytest_sessionfinish(session: pytest.Session) -> None:
    target = session.config.getoption("--rules-report")
    if target:
        Path(target).write_text(json.dumps(session.config.stash[_PROOFS], indent=1), "utf-8")
