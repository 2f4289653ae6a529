"""How a maintainer changes the files: whole, checked, and with an entry for what was published."""

import csv
import hashlib
import io
import json
import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import seed
from app.models import TABLES, Change, Observation, Published

WORLD = Path(__file__).parent / "seed"
LATER = date(2026, 11, 25)


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


LEDGER = {"2026.11.1": "6dfe0403d127e84fc75f66cb04170403eae67a930f998ab9b0e9035faf323fbd"}
"""What each version entered: SHA-256 over its rows in order, a line of JSON each. A new version adds a line."""


def test_no_row_of_the_ledger_has_changed_since_it_was_entered(published):
    """The check holds figures to the ledger; this holds the ledger itself, which could be edited with them."""
    entered: dict[str, list[list[str]]] = {version: [] for version in LEDGER}
    for one in published.tables[Published]:
        entered.setdefault(one.version, []).append([getattr(one, name) for name in one.columns()])
    digests = {}
    for version, rows in entered.items():
        text = "".join(json.dumps(cells, ensure_ascii=False) + "\n" for cells in sorted(rows))
        digests[version] = hashlib.sha256(text.encode()).hexdigest()
    assert digests == LEDGER


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
    assert (package.version, package.dated) == ("2026.11.1", date(2026, 11, 25))
    assert row(world_folder, "observations.csv", "convicted-2024")["status"] == "withdrawn"
    changed = [
        (old, new)
        for old, new in zip(before, lines(world_folder, "observations.csv"), strict=True)
        if old != new
    ]
    assert len(changed) == 1
    entered = [one for one in package.tables[Change] if isinstance(one, Change)]
    (entry,) = [one for one in entered if one.observation == "convicted-2024"]
    assert (entry.version, entry.kind, entry.was, entry.now, entry.reason) == (
        "2026.11.1",
        "withdrawal",
        "current",
        "withdrawn",
        "It was of 2023.",
    )
    assert seed.read(world_folder).digest == package.digest


@pytest.mark.parametrize(
    ("present", "on", "raised"),
    [
        ("2026.11.4", date(2026, 11, 25), "2026.11.5"),
        ("2026.11.9", date(2026, 11, 25), "2026.11.10"),
        ("2026.11.4", date(2026, 12, 1), "2026.12.1"),
        ("2026.12.4", date(2027, 1, 31), "2027.1.1"),
        ("second-try", date(2026, 12, 1), "2026.12.1"),
    ],
)
def test_a_withdrawal_after_a_version_was_given_out_raises_it(world_folder, present, on, raised):
    replaced(world_folder, "datapackage.json", '"2026.11.0"', f'"{present}"')
    seed.publish(world_folder)
    assert seed.withdraw(world_folder, "convicted-2024", "It was of 2023.", on).version == raised


@pytest.mark.parametrize(
    ("id", "on", "said"),
    [
        ("convicted-2024", date(2020, 1, 1), "before the figure was published in 2026.11.0"),
        ("prosecuted-2016", date(2026, 11, 19), "before 2026-11-20, when the figure was changed last"),
    ],
)
def test_a_withdrawal_comes_after_what_was_before_it(world_folder, id, on, said):
    seed.publish(world_folder)
    before = state(world_folder)
    with pytest.raises(seed.Refused, match=said):
        seed.withdraw(world_folder, id, "Misread.", on)
    assert state(world_folder) == before


def test_a_version_that_changed_no_figure_may_have_been_given_out_too(world_folder):
    """One that betters notes is in neither list, as 2026.11.2 of the published dataset."""
    replaced(world_folder, "datapackage.json", '"2026.11.0"', '"2026.11.7"')
    package = seed.withdraw(world_folder, "prosecuted-2016", "Misread.", date(2026, 11, 22))
    assert package.version == "2026.11.8"


def test_new_figures_never_join_a_version_that_has_been_given_out(world_folder):
    replaced(world_folder, "datapackage.json", '"2026.11.0"', '"2026.10.1"')
    assert seed.publish(world_folder) == 23
    assert row(world_folder, "published.csv", "convicted-2024")["version"] == "2026.11.1"
    assert seed.read(world_folder).version == "2026.11.1"


def test_a_folder_that_cannot_be_written_is_named(world_folder, monkeypatch):
    def refused(**_: Any) -> None:
        raise PermissionError(13, "Permission denied", f"{world_folder}/.derek-x")

    monkeypatch.setattr("app.seed.editing.tempfile.mkstemp", refused)
    with pytest.raises(
        PermissionError, match=f"^the folder {world_folder} cannot be written: Permission denied$"
    ):
        seed.publish(world_folder)


def test_withdrawals_gather_in_one_version_until_it_is_given_out(world_folder):
    seed.publish(world_folder)
    first = seed.withdraw(world_folder, "convicted-2024", "It was of 2023.", LATER)
    second = seed.withdraw(world_folder, "foiled-2024", "Read twice.", date(2026, 12, 1))
    assert (first.version, second.version) == ("2026.11.1", "2026.11.1")
    assert second.dated == date(2026, 12, 1)


def test_a_withdrawal_of_an_earlier_day_leaves_the_date_of_the_package_as_it_is(world_folder):
    replaced(world_folder, "datapackage.json", "2026-11-22T00:00:00Z", "2026-11-22T18:30:00Z")
    seed.publish(world_folder)
    package = seed.withdraw(world_folder, "convicted-2024", "It was of 2023.", date(2026, 11, 20))
    assert package.dated == date(2026, 11, 22)
    assert "2026-11-22T18:30:00Z" in (world_folder / "datapackage.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("id", "reason", "said"),
    [
        ("convicted-2042", "Why not.", "did you mean convicted-20"),
        ("convicted-2024", "  ", "needs a reason"),
        ("convicted-2024", "Why not.", "has not been published yet"),
        ("prosecuted-2016", "word " * 61, "has 61 words; 60 are the most"),
        ("prosecuted-2016", "Mis\u200bread.", "invisible character"),
    ],
)
def test_a_withdrawal_that_cannot_be_leaves_every_file_as_it_was(world_folder, id, reason, said):
    if not reason.strip():
        seed.publish(world_folder)
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


def test_a_cell_with_commas_and_quotes_is_one_cell(world_folder):
    """A comma, a quote or a letter of another script in a cell changes no other cell."""
    title = 'A "briefing", on figures: Брифинг, әңгіме'
    seed.add_source(world_folder, DOCUMENT | {"title": title})
    assert row(world_folder, "sources.csv", "knb-2026-11-20")["title"] == title


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


# --- Files ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ledgered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The miniature with all of its figures published."""
    folder = Path(shutil.copytree(WORLD, tmp_path_factory.mktemp("ledgered") / "world"))
    seed.publish(folder)
    return {f"{table.__tablename__}.csv": b"" for table in TABLES} | state(folder)


FIGURES = sorted(
    cells["id"] for cells in csv.DictReader(io.StringIO((WORLD / "observations.csv").read_text("utf-8")))
)


def written_anew(content: bytes, quoting: int, end: str, mark: bytes, last: bool) -> bytes:
    """The same rows as another program would save them."""
    text = io.StringIO(newline="")
    rows = csv.reader(io.StringIO(content.decode(), newline=""))
    csv.writer(text, quoting=quoting, lineterminator=end).writerows(rows)  # type: ignore[arg-type]
    return mark + (text.getvalue() if last else text.getvalue().removesuffix(end)).encode()


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    id=st.sampled_from(FIGURES),
    reason=st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=60),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    end=st.sampled_from(["\n", "\r\n"]),
    mark=st.sampled_from([b"", b"\xef\xbb\xbf"]),
    last=st.booleans(),
)
def test_an_edit_writes_its_own_rows_and_leaves_the_others_to_the_byte(
    tmp_path_factory, ledgered, id, reason, quoting, end, mark, last
):
    folder = tmp_path_factory.mktemp("edited")
    for name, content in ledgered.items():
        kept = content if name == "datapackage.json" else written_anew(content, quoting, end, mark, last)
        if name.endswith((".csv", ".json")):
            (folder / name).write_bytes(kept)
    before = state(folder)
    package = seed.withdraw(folder, id, reason, LATER)
    after = state(folder)
    assert {name for name in before if before[name] != after[name]} == {
        "observations.csv",
        "changes.csv",
        "datapackage.json",
    }
    pairs = zip(before["observations.csv"].split(b"\n"), after["observations.csv"].split(b"\n"), strict=True)
    assert len([old for old, new in pairs if old != new]) == 1
    whole = before["changes.csv"] if last else before["changes.csv"] + end.encode()
    assert after["changes.csv"].startswith(whole)
    assert after["changes.csv"].endswith(end.encode())
    assert seed.read(folder).digest == package.digest
    shutil.rmtree(folder)


def spoil(folder: Path) -> None:
    path = folder / "origins.csv"
    path.write_bytes(path.read_bytes() + b"or-twice,nobody,,Briefing,\n")


EDITS: dict[str, Callable[[Path], object]] = {
    "publish": seed.publish,
    "withdraw": lambda folder: seed.withdraw(folder, "prosecuted-2016", "Misread.", LATER),
    "add a source": lambda folder: seed.add_source(folder, DOCUMENT),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_a_package_that_is_not_sound_is_not_edited(world_folder, edit):
    spoil(world_folder)
    before = state(world_folder)
    with pytest.raises(seed.Refused, match=r"origins\.csv:"):
        edit(world_folder)
    assert state(world_folder) == before


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edit_that_the_disk_refuses_leaves_every_file_as_it_was(world_folder, monkeypatch, edit):
    before = state(world_folder)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        edit(world_folder)
    assert state(world_folder) == before


def test_what_somebody_else_saves_meanwhile_is_not_written_over(world_folder, monkeypatch):
    read, times = seed.read, []

    def slow(folder: Path) -> seed.Package:
        times.append(folder)
        if folder != world_folder:
            spoil(world_folder)
        return read(folder)

    monkeypatch.setattr("app.seed.editing.read", slow)
    ledger = (world_folder / "published.csv").read_bytes()
    with pytest.raises(ValueError, match=r"origins\.csv has been saved by somebody else"):
        seed.publish(world_folder)
    assert len(times) == 2
    assert (world_folder / "published.csv").read_bytes() == ledger


def test_an_edit_keeps_modes_links_and_what_else_is_in_the_folder(world_folder, tmp_path, monkeypatch):
    linked = tmp_path / "ledger.csv"
    shutil.move(world_folder / "published.csv", linked)
    (world_folder / "published.csv").symlink_to(linked)
    linked.chmod(0o640)
    (world_folder / "drafts").mkdir()
    there = sorted(world_folder.iterdir())
    monkeypatch.chdir(world_folder)
    assert seed.publish(Path()) == 23
    assert (world_folder / "published.csv").is_symlink()
    assert linked.stat().st_mode & 0o777 == 0o640
    assert sorted(world_folder.iterdir()) == there


def test_a_figure_is_entered_as_the_digest_writes_it(world_folder):
    """84.0 is 84, now and later: zeros are no change of a published figure."""
    replaced(
        world_folder, "observations.csv", "\nconvicted-2024,convicted,84,", "\nconvicted-2024,convicted,84.0,"
    )
    seed.publish(world_folder)
    assert row(world_folder, "published.csv", "convicted-2024")["value"] == "84"
    assert seed.read(world_folder).version == "2026.11.0"
