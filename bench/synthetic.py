"""Makes a dataset of any size in the form of seed/, the same bytes every time: the record of a country, or of the world.

    python bench/synthetic.py 210000 DIR

It is the published dataset and, beside it, as many invented incidents, each with a title and a summary in three languages, a
document, an act of stating, a classification and, for every second one, a figure. It passes all checks of `derek check`.
"""

import csv
import json
import random
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from app import seed
from app.folders import folder
from app.models import TABLES, Observation, Place, Row, Text, Translation
from app.seed.package import canonical

FIRST, LAST = date(1970, 1, 1), date(2026, 10, 31)
WORDS = (
    "market",
    "square",
    "station",
    "road",
    "bridge",
    "office",
    "hall",
    "depot",
    "park",
    "river",
    "garden",
    "school",
)
OUTCOMES = ("carried_out", "foiled", "failed", "operation", "disputed_event")
METHODS = ("explosive", "firearm", "bladed", "vehicle", "arson", "mixed", "unknown")
LABELS = ("terrorism", "not_terrorism", "extremism", "other")
BY, NOTE = "prosecutors", "Invented for measuring."
TITLE = {"en": "Incident {number}", "ru": "Событие {number}", "kk": "{number}-оқиға"}
SUMMARY = {
    "en": "Invented incident {number}, for measuring.",
    "ru": "Вымышленное событие {number}, для измерений.",
    "kk": "Ойдан шығарылған {number}-оқиға, өлшеу үшін.",
}
SAID = "{number} people were detained at the {place}."


def write(incidents: int, place: Path) -> None:
    """A package with so many incidents."""
    place.mkdir(parents=True, exist_ok=True)
    chance = random.Random(incidents)  # noqa: S311  # the same ones every time are what is wanted
    own = seed.read(folder("seed"))
    regions = [
        row.code
        for row in own.tables[Place]
        if isinstance(row, Place) and row.kind in ("region", "city") and row.tile_row and not row.valid_from
    ]
    targets = sorted(
        {row.code for row in own.tables[Text] if isinstance(row, Text) and row.list == "target_type"}
    )
    files = {
        table: (place / f"{table.__tablename__}.csv").open("w", encoding="utf-8", newline="")
        for table in TABLES
    }
    rows = {
        table: csv.DictWriter(file, table.columns(), lineterminator="\n") for table, file in files.items()
    }
    for table, writer in rows.items():
        writer.writeheader()
        writer.writerows(_cells(table, row) for row in own.tables[table])
    translated = {
        NOTE: ("Вымышлено для измерений.", "Өлшеу үшін ойдан шығарылған."),
        BY: ("прокуратура", "прокуратура"),
    }
    for table, row in _invented(incidents, chance, regions, targets, translated):
        rows[table].writerow(row)
    for english, (russian, kazakh) in sorted(translated.items()):
        rows[Translation].writerow({"en": english, "ru": russian, "kk": kazakh})
    for file in files.values():
        file.close()
    described = json.loads((folder("seed") / "datapackage.json").read_text(encoding="utf-8"))
    described |= {"version": f"synthetic.{incidents}", "created": "2026-11-22T00:00:00Z"}
    (place / "datapackage.json").write_text(
        json.dumps(described, ensure_ascii=False, indent=2), encoding="utf-8"
    )


def _table(name: str) -> type[Row]:
    return next(table for table in TABLES if table.__tablename__ == name)


def _cells(table: type[Row], row: Row) -> dict[str, str]:
    return dict(zip(table.columns(), canonical(row), strict=True))


def _invented(
    incidents: int,
    chance: random.Random,
    regions: list[str],
    targets: list[str],
    translated: dict[str, tuple[str, str]],
) -> Iterator[tuple[type[Row], dict[str, object]]]:
    days = (LAST - FIRST).days
    for number in range(incidents):
        day = FIRST + timedelta(days=chance.randrange(days))
        told = min(day + timedelta(days=chance.randrange(1, 200)), date(2026, 11, 1))
        region, word = chance.choice(regions), chance.choice(WORDS)
        incident, source, origin = f"{day:%Y-%m}-i{number}", f"paper-{number}", f"or-{number}"
        yield (
            _table("sources"),
            {
                "id": source,
                "publisher": f"Gazette {number % 200}",
                "title": f"Report {number} on the {word}",
                "published": told,
                "url": f"https://example.org/{number}",
                "language": ("en", "ru", "kk")[number % 3],
                "kind": "news",
                "read": "full",
            },
        )
        for field, told_as in (("title", TITLE), ("summary", SUMMARY)):
            texts = {language: text.format(number=number) for language, text in told_as.items()}
            yield Text, {"list": "incident", "code": incident, "field": field, **texts}
        yield _table("origins"), {"id": origin, "stated_by": "knb", "stated_on": told, "event": NOTE}
        yield (
            _table("incidents"),
            {
                "id": incident,
                "date_start": day,
                "date_end": day,
                "date_precision": "day",
                "disclosed": told,
                "outcome": chance.choice(OUTCOMES),
                "borderline": int(number % 50 == 0),
                "in_scope": 1,
                "place": region,
                "region_then": region,
                "region_now": region,
                "target_type": chance.choice(targets),
                "method_category": chance.choice(METHODS),
                "note": NOTE,
            },
        )
        yield _table("incident_sources"), {"incident": incident, "source": source}
        yield (
            _table("classifications"),
            {
                "incident": incident,
                "label": chance.choice(LABELS),
                "by": BY,
                "as_of": told,
                "source": source,
                "locator": "paragraph 1",
                "note": NOTE,
            },
        )
        if number % 2:
            continue
        count = chance.randrange(1, 60)
        said = SAID.format(number=count, place=word)
        translated[said] = (f"Задержаны: {count} ({word}).", f"Ұсталғандар: {count} ({word}).")
        yield (
            Observation,
            {
                "id": f"{incident}.0",
                "indicator": "detained",
                "value": count,
                "qualifier": "exact",
                "extent": "case",
                "period_start": day,
                "period_end": day,
                "period_kind": "event",
                "period_words": "this incident",
                "as_of": told,
                "as_of_basis": "stated",
                "scope": "terrorism",
                "population": "all",
                "place": region,
                "stated_by": "knb",
                "source": source,
                "locator": "paragraph 2",
                "origin": origin,
                "incident": incident,
                "status": "current",
                "recorded": "2026-11-22",
                "confidence": "high",
                "paraphrase": said,
            },
        )


if __name__ == "__main__":
    if len(sys.argv) != 3 or not sys.argv[1].isdigit():
        sys.exit("say how many incidents, and where to write them: python bench/synthetic.py 210000 DIR")
    write(int(sys.argv[1]), Path(sys.argv[2]))
