"""How a maintainer changes the files: whole, checked, and with an entry for what was published."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app import seed
from app.models import Change, Observation, Published


def state(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def lines(folder: Path, name: str) -> list[str]:
    return (folder / name).read_text(encoding="utf-8").splitlines()


def row(folder: Path, name: str, key: str) -> dict[str, str]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return next(cells for cells in csv.DictReader(file) if next(iter(cells.values())) == key)


def replaced(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8", newline="")


def test_the_published_dataset_has_every_figure_in_its_ledger(published):
    ledger: set[Any] = {row.observation for row in published.tables[Published]}
    assert ledger == {one.id for one in published.tables[Observation]}, "run `derek publish`"


def test_publishing_enters_what_is_new_and_nothing_else(world_folder):
    before = lines(world_folder, "published.csv")
    assert seed.publish(world_folder) == 23
    after = lines(world_folder, "published.csv")
    assert after[: len(before)] == before
    entered = row(world_folder, "published.csv", "convicted-2024")
    figure = row(world_folder, "observations.csv", "convicted-2024")
    assert entered["version"] == "2026.11.0"
    assert {name: entered[name] for name in Published.cells()} == {
        name: figure[name] for name in Published.cells()
    }
    assert seed.publish(world_folder) == 0


def test_a_published_figure_cannot_be_changed_in_silence(world_folder):
    seed.publish(world_folder)
    for column in Published.cells():
        figure = row(world_folder, "observations.csv", "convicted-2024")
        path = world_folder / "observations.csv"
        kept = path.read_bytes()
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        for cells in rows:
            if cells[0] == "convicted-2024":
                cells[header.index(column)] = "2" if figure[column] != "2" else "3"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([header, *rows])
        with pytest.raises(seed.Refused) as refused:
            seed.read(world_folder)
        assert any(
            fault.file == "observations.csv"
            and column in fault.columns
            and "enter the change" in fault.reason
            for fault in refused.value.faults
        ), column
        path.write_bytes(kept)


def test_a_change_with_its_reason_is_let_in(world_folder):
    seed.publish(world_folder)
    replaced(
        world_folder, "observations.csv", "\nconvicted-2024,convicted,84,", "\nconvicted-2024,convicted,85,"
    )
    with (world_folder / "changes.csv").open("a", encoding="utf-8") as file:
        file.write("convicted-2024,value,2026-11-21,2026.11.0,correction,84,85,The document has 85.\n")
    package = seed.read(world_folder)
    figures = [one for one in package.tables[Observation] if isinstance(one, Observation)]
    assert next(one.value for one in figures if one.id == "convicted-2024") == 85


def test_a_published_figure_cannot_be_removed(world_folder):
    seed.publish(world_folder)
    path = world_folder / "observations.csv"
    kept = [line for line in lines(world_folder, "observations.csv") if not line.startswith("attacks-2020,")]
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    with pytest.raises(seed.Refused, match="nothing is deleted"):
        seed.read(world_folder)


def test_a_withdrawal_marks_the_figure_enters_why_and_is_of_the_next_version(world_folder):
    seed.publish(world_folder)
    before = lines(world_folder, "observations.csv")
    package = seed.withdraw(world_folder, "convicted-2024", "It was of 2023.", date(2026, 11, 25))
    assert (package.version, package.dated) == ("2026.11.0", date(2026, 11, 25))
    assert row(world_folder, "observations.csv", "convicted-2024")["status"] == "withdrawn"
    changed = [
        (old, new)
        for old, new in zip(before, lines(world_folder, "observations.csv"), strict=True)
        if old != new
    ]
    assert len(changed) == 1
    entered = [one for one in package.tables[Change] if isinstance(one, Change)]
    (entry,) = [one for one in entered if one.observation == "convicted-2024"]
    assert (entry.kind, entry.was, entry.now, entry.reason) == (
        "withdrawal",
        "current",
        "withdrawn",
        "It was of 2023.",
    )
    assert seed.read(world_folder).digest == package.digest


def test_a_withdrawal_after_a_version_was_given_out_raises_it(world_folder):
    replaced(world_folder, "datapackage.json", '"2026.11.0"', '"2026.11.4"')
    seed.publish(world_folder)
    first = seed.withdraw(world_folder, "convicted-2024", "It was of 2023.", date(2026, 11, 25))
    second = seed.withdraw(world_folder, "foiled-2024", "Read twice.", date(2026, 12, 1))
    assert (first.version, second.version) == ("2026.11.5", "2026.11.5")
    assert second.dated == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("id", "reason", "said"),
    [
        ("convicted-2042", "Why not.", "did you mean convicted-20"),
        ("convicted-2024", "  ", "needs a reason"),
        ("convicted-2024", "Why not.", "has not been published yet"),
    ],
)
def test_a_withdrawal_that_cannot_be_leaves_every_file_as_it_was(world_folder, id, reason, said):
    before = state(world_folder)
    with pytest.raises(ValueError, match=said):
        seed.withdraw(world_folder, id, reason, date(2026, 11, 25))
    assert state(world_folder) == before


def test_a_figure_is_withdrawn_once(world_folder):
    seed.publish(world_folder)
    seed.withdraw(world_folder, "convicted-2024", "It was of 2023.", date(2026, 11, 25))
    before = state(world_folder)
    with pytest.raises(ValueError, match="already"):
        seed.withdraw(world_folder, "convicted-2024", "It was of 2023.", date(2026, 11, 26))
    assert state(world_folder) == before


DOCUMENT = {
    "id": "knb-2026-11-20",
    "publisher": "KNB",
    "title": "Briefing",
    "published": "2026-11-20",
    "url": "https://example.org/briefing-of-november",
    "language": "kk",
    "kind": "official_statement",
    "read": "full",
}


def test_a_document_is_added_at_the_end(world_folder):
    before = lines(world_folder, "sources.csv")
    package = seed.add_source(world_folder, DOCUMENT)
    assert lines(world_folder, "sources.csv")[:-1] == before
    assert row(world_folder, "sources.csv", "knb-2026-11-20")["publisher"] == "KNB"
    assert seed.read(world_folder).digest == package.digest


@pytest.mark.parametrize(
    "spoiled", [{"published": "20.11.2026"}, {"kind": "newspaper"}, {"id": "law"}, {"url": "", "note": ""}]
)
def test_a_document_that_is_not_sound_leaves_every_file_as_it_was(world_folder, spoiled):
    before = state(world_folder)
    with pytest.raises(seed.Refused):
        seed.add_source(world_folder, DOCUMENT | spoiled)
    assert state(world_folder) == before


def test_a_column_that_there_is_not_is_named(world_folder):
    with pytest.raises(ValueError, match="did you mean publisher"):
        seed.add_source(world_folder, DOCUMENT | {"publishr": "KNB"})
