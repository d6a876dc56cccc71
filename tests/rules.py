"""Which seed rules are proven: runs the tests that are marked with a rule and lists the outcome.

`python -m tests.rules` ends with `RULES proven=N of=M` and fails when a marked test fails, when
nothing is marked, or when a mark names a rule that docs/seed-rules.md does not have. A mark may name
a contradiction of the seeds (C-...) too; its test must pass, but it counts for no rule. Rules that
the product does not follow, with the reason, are in docs/rules-left-out.md.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RULE = re.compile(r"^- \*\*(R-\d{3}-\d+)\*\* (.+)$", re.MULTILINE)

CONTRADICTION = re.compile(r"^- \*\*(C-\d{3}-\d+)\*\* ", re.MULTILINE)


LEFT_OUT = re.compile(r"^- \*\*(R-\d{3}-\d+)\*\* ((?:.+\n?(?:  .+\n?)*))", re.MULTILINE)


def left_out() -> dict[str, str]:
    """Rules that are not followed, and why."""
    text = (ROOT / "docs" / "rules-left-out.md").read_text("utf-8")
    return {rule: " ".join(reason.split()) for rule, reason in LEFT_OUT.findall(text)}


def known_contradictions() -> frozenset[str]:
    """Numbers of the contradictions in docs/seed-rules.md."""
    text = (ROOT / "docs" / "seed-rules.md").read_text("utf-8")
    return frozenset(CONTRADICTION.findall(text))


def known_rules() -> dict[str, str]:
    """Rule numbers and their text, in the order of docs/seed-rules.md."""
    return dict(RULE.findall((ROOT / "docs" / "seed-rules.md").read_text("utf-8")))


def proofs() -> dict[str, dict[str, str]]:
    """Outcome of every marked test, by rule and test, from a run of just those tests."""
    report = ROOT / "build" / "rules.json"
    report.parent.mkdir(exist_ok=True)
    report.unlink(missing_ok=True)
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-m", "rule", f"--rules-report={report}"],
        cwd=ROOT,
        check=False,
    )
    if not report.exists():
        return {}
    return dict(json.loads(report.read_text("utf-8")))


def main() -> int:
    """Print the list; 0 when every mark is a known rule and every marked test passed."""
    rules = known_rules()
    found, reasons = proofs(), left_out()
    proven = 0
    for rule, text in rules.items():
        outcomes = found.get(rule, {})
        passed = bool(outcomes) and all(outcome == "passed" for outcome in outcomes.values())
        proven += passed
        state = f"proven by {len(outcomes)}" if passed else ("FAILED" if outcomes else "open")
        if not outcomes and rule in reasons:
            print(f"{rule:<9} {'left out':<13} {text[:90]}\n{'':23} {reasons[rule]}")
            continue
        print(f"{rule:<9} {state:<13} {text[:90]}")
    unknown = sorted((set(found) - known_contradictions() | set(reasons)) - set(rules))
    failed = sorted(
        rule for rule, tests in found.items() if any(o != "passed" for o in tests.values())
    )
    for rule in unknown:
        places = ", ".join(found.get(rule, {"docs/rules-left-out.md": ""}))
        print(f"{rule}: named in {places}, but not a rule of docs/seed-rules.md")
    print(f"RULES proven={proven} of={len(rules)}")
    return 1 if unknown or failed or not proven else 0


if __name__ == "__main__":
    sys.exit(main())
