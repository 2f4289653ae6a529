"""Whatever happens to a record, in whatever order: nothing that was published changes in silence, what is current is what was
accepted last, and page, JSON and CSV say one number. Hypothesis makes up the histories, and a plain list is the model."""

import csv
import io
import json
import os
import re
import shutil
import tempfile
from contextlib import AbstractContextManager, ExitStack, nullcontext
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlmodel import Session
from starlette.testclient import TestClient

from app import database as databases
from app import seed
from app.database import Database
from app.main import create_app
from app.models import Observation, last_day
from app.settings import Settings

WORLD = Path(__file__).parent / "seed"
FIRST = date(2026, 11, 22)
"""The day of the miniature. Each edit is made on a day of its own, as each change of a cell has to be."""
IDS = st.sampled_from(("attacks-2020", "convicted-2024", "links-2016", "prosecuted-2016", "killed-third-day"))
NUMBERS = st.integers(1001, 999_999)
DAYS = st.dates(date(2014, 1, 1), date(2026, 12, 1))
STOPS: dict[str, tuple[Any, str]] = {
    "among the rows": (seed.loading, "insert"),
    "before the commit": (Session, "commit"),
    "before the rename": (os, "replace"),
    "at the flush": (databases, "_flush"),
}


class Stopped(BaseException):
    """What ends a load in its middle, as an interruption by the keyboard does."""


class History(RuleBasedStateMachine):
    place: ClassVar[Any]
    """Gives the address of a new and empty database."""
    bar: ClassVar[Any]

    @initialize()
    def begin(self) -> None:
        self.ended = ExitStack()
        home = Path(self.ended.enter_context(tempfile.TemporaryDirectory()))
        self.folder = Path(shutil.copytree(WORLD, home / "package"))
        self.address = self.ended.enter_context(self.place(home))
        self.accepted: dict[str, tuple[seed.Package, dict[str, str]]] = {}
        """By digest, what was taken in and what it answered when it was new."""
        self.number = 0
        self.start()
        self.load()

    def start(self) -> None:
        self.client = TestClient(create_app(Settings(), Database(self.address)))
        self.client.__enter__()

    @rule()
    def restart(self) -> None:
        self.client.__exit__(None, None, None)
        self.start()

    # What an editor does

    def edited(self) -> None:
        """A version of its own, as for every release."""
        self.number += 1
        file = self.folder / "datapackage.json"
        told = {"version": f"2026.11.{100 * self.number}", "created": f"{self.today}T00:00:00Z"}
        file.write_text(
            json.dumps({**json.loads(file.read_text(encoding="utf-8")), **told}), encoding="utf-8"
        )

    @property
    def today(self) -> date:
        return FIRST + timedelta(self.number)

    def rows(self, name: str) -> list[dict[str, str]]:
        text = (self.folder / f"{name}.csv").read_text(encoding="utf-8")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def write(self, name: str, rows: list[dict[str, str]]) -> None:
        with (self.folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            lines = csv.DictWriter(file, rows[0])
            lines.writeheader()
            lines.writerows(rows)

    @rule(value=NUMBERS)
    def a_figure_is_added_and_published(self, value: int) -> None:
        self.edited()
        first, *rest = self.rows("observations")
        new = {**first, "id": f"attacks-{self.number}", "value": str(value), "note": f"Number {self.number}."}
        self.write("observations", [first, *rest, new])
        seed.publish(self.folder)
        self.load()

    @rule(id=IDS, value=NUMBERS)
    def a_figure_is_corrected(self, id: str, value: int) -> None:
        self.edited()
        seed.publish(self.folder)
        figures = self.rows("observations")
        one = next(row for row in figures if row["id"] == id)
        if one["value"] == str(value):
            return
        change = {
            "observation": id,
            "field": "value",
            "changed_on": self.today.isoformat(),
            "version": f"2026.11.{100 * self.number}",
            "kind": "correction",
            "was": one["value"],
            "now": str(value),
            "reason": "Misread.",
        }
        self.write("changes", [*self.rows("changes"), change])
        one["value"] = str(value)
        self.write("observations", figures)
        self.load()

    @rule(id=IDS)
    def a_figure_is_withdrawn(self, id: str) -> None:
        self.edited()
        seed.publish(self.folder)
        if next(row for row in self.rows("observations") if row["id"] == id)["status"] != "withdrawn":
            seed.withdraw(self.folder, id, "Never stated.", self.today)
        self.load()

    @rule(id=IDS, value=NUMBERS)
    def a_published_figure_is_changed_in_silence(self, id: str, value: int) -> None:
        """It is refused, and what is current stays."""
        seed.publish(self.folder)
        before = self.rows("observations")
        self.write(
            "observations", [{**row, **({"value": str(value)} if row["id"] == id else {})} for row in before]
        )
        if self.rows("observations") != before:
            with pytest.raises(seed.Refused, match=f"observations.csv:.*:value: '{value}' stands where"):
                seed.read(self.folder)
        self.write("observations", before)

    @rule(stop=st.sampled_from(sorted(STOPS)), value=NUMBERS)
    def a_load_is_stopped(self, stop: str, value: int) -> None:
        self.edited()
        first, *rest = self.rows("observations")
        self.write(
            "observations", [first, *rest, {**first, "id": f"lost-{self.number}", "value": str(value)}]
        )
        package, database = seed.read(self.folder), Database(self.address)
        with patch.object(*STOPS[stop], side_effect=Stopped):
            try:
                seed.load(package, database)
            except Stopped:
                pass
            else:
                assert "sqlite" not in self.address, "a server knows neither renaming nor flushing"
                self.remember(package)
        database.close()
        if package.digest not in self.accepted:
            self.write("observations", [first, *rest])

    # What a server does

    def load(self) -> None:
        package, database = seed.read(self.folder), Database(self.address)
        seed.load(package, database)
        database.close()
        self.remember(package)

    @rule(chosen=st.randoms())
    def a_former_release_is_made_current(self, chosen: Any) -> None:
        package, _ = self.accepted[chosen.choice(sorted(self.accepted))]
        database = Database(self.address)
        seed.load(package, database)
        database.close()
        self.remember(package)

    def remember(self, package: seed.Package) -> None:
        self.current = package
        self.settle()
        self.accepted.setdefault(package.digest, (package, self.answers(package)))

    def settle(self) -> None:
        """A server of databases is asked once a second: here at once."""
        self.client.app.state.watch.look()  # type: ignore[attr-defined]

    def answers(self, package: seed.Package) -> dict[str, str]:
        asked = f"release={package.digest}"
        paths = (f"/api/observations?limit=200&{asked}", f"/api/stats?{asked}", f"/api/stats.csv?{asked}")
        return {path: self.client.get(path).text for path in paths}

    # What holds all the time

    @invariant()
    def what_is_current_was_accepted_last_and_is_whole(self) -> None:
        assert self.client.get("/api/health/ready").json()["release"] == self.current.digest
        database = Database(self.address)
        with database.reading() as session:
            release = databases.release(session)
            assert release
            assert (release.digest, release.version) == (self.current.digest, self.current.version)
            assert seed.is_whole(session, release)
        database.close()
        self.bar.case()

    @rule(chosen=st.randoms())
    def what_was_published_is_answered_as_it_was(self, chosen: Any) -> None:
        package, before = self.accepted[chosen.choice(sorted(self.accepted))]
        assert self.answers(package) == before

    @rule(day=DAYS)
    def as_of_a_day_it_is_known_what_had_been_stated(self, day: date) -> None:
        answer = self.client.get(f"/api/observations?limit=200&as_of={day}").json()
        stated = [
            one.id
            for one in self.current.tables[Observation]
            if isinstance(one, Observation) and one.as_of and last_day(one.as_of) <= day
        ]
        assert sorted(row["id"] for row in answer["data"]) == sorted(stated)

    @rule(chosen=st.randoms())
    def page_json_and_csv_say_one_number(self, chosen: Any) -> None:
        one = chosen.choice(
            [one for one in self.current.tables[Observation] if isinstance(one, Observation) and one.value]
        )
        told = self.client.get(f"/api/observations/{one.id}").json()["data"]
        assert (told["value"], told["status"]) == (one.value, one.status)
        lines = csv.DictReader(io.StringIO(self.client.get("/api/observations.csv").text))
        row = next(line for line in lines if line["id"] == one.id)
        assert (row["value"], row["status"]) == (f"{one.value}", one.status)
        page = re.sub(r"<[^>]*>", " ", self.client.get(f"/en/figures/{one.id}").text)
        assert f"{one.value:,}" in page

    def teardown(self) -> None:
        if hasattr(self, "client"):
            self.client.__exit__(None, None, None)
            self.ended.close()


@pytest.mark.bar(suite="asof", least=60, full=4000)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_no_history_changes_what_was_published(kind, request, bar):
    def place(home: Path) -> AbstractContextManager[str]:
        if kind == "sqlite":
            return nullcontext(f"sqlite:///{home}/derek.db")
        return request.getfixturevalue("new_database")()  # type: ignore[no-any-return]

    history = type("History", (History,), {"place": staticmethod(place), "bar": bar})
    run_state_machine_as_test(
        history,
        settings=settings(
            max_examples=bar.of(8, 100),
            stateful_step_count=bar.of(12, 50),
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],  # a shorter history would take an hour to find
            suppress_health_check=list(HealthCheck),
        ),
    )
