"""Derek in a terminal: what it prints, how it ends, and that a failure is a sentence."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import cli, seed
from app.models import Indicator

RUN = CliRunner()
ROOT = Path(__file__).parent.parent


def derek(*arguments: str, **settings: str) -> tuple[int, str, str]:
    answer = RUN.invoke(cli.app, arguments, env={"DATABASE_URL": "", **settings})
    assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
    return answer.exit_code, answer.stdout, answer.stderr


def program(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """The real program, as a shell starts it."""
    environment = {**os.environ, "DATABASE_URL": "", **settings}
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
        check=False,
    )


def test_figures_in_a_table_each_with_who_said_it():
    code, out, _ = derek("stats", "convicted")
    assert code == 0
    line = next(line for line in out.splitlines() if "s001-convicted" in line)
    assert line.split()[:2] == ["2019", "140"]
    assert "1 Jan\u2009–\u200912 Dec 2019" in line
    assert "Anti-Terrorism Centre" in line
    assert any(line.startswith("2020") and "No national figure found" in line for line in out.splitlines())
    assert "never add or compare unlike figures" in out


def test_as_of_a_day_only_what_had_been_said():
    assert "s000-convicted-2024" in derek("stats", "convicted")[1]
    code, out, _ = derek("stats", "convicted", "--as-of", "2019-12-31")
    assert code == 0
    assert "s001-convicted" in out
    assert "s000-convicted-2024" not in out


@pytest.mark.parametrize(("language", "said"), [("ru", "Осуждены"), ("kk", "Сотталғандар")])
def test_in_the_readers_language(language, said):
    assert said in derek("stats", "convicted", "--lang", language)[1]


def test_without_a_name_the_indicators_are_listed(published):
    code, out, _ = derek("stats")
    assert code == 0
    listed = {line.split()[0] for line in out.splitlines()[1:]}
    assert listed == {str(getattr(row, "code", "")) for row in published.tables[Indicator]}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("stats", "convictd"), "did you mean convicted?"),
        (("stats", "convicted", "--as-of", "12.12.2019"), "is no date"),
        (("stats", "convicted", "--lang", "de"), "none of en, ru, kk"),
        (("withdraw", "s001-convicted"), "--reason"),
        (("withdraw", "s001-convicted", "--reason", "x", "--on", "soon"), "is no day"),
        (("nonsense",), "nonsense"),
    ],
)
def test_what_cannot_be_understood_ends_with_2_and_says_why(arguments, said):
    code, _, err = derek(*arguments)
    assert code == 2
    assert said in " ".join(err.split())


def test_documents_by_their_words(published):
    code, out, _ = derek("sources", "kazinform")
    assert code == 0
    assert "kazinform-2025-10-28-almaty" in out
    assert all("azinform" in line for line in out.splitlines()[1:])
    official = derek("sources", "--kind", "official_statement")[1].splitlines()[1:]
    assert official
    assert all("official_statement" in line for line in official)


def test_the_state_of_the_record_for_people_and_programs(published):
    code, out, _ = derek("status", "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["release"], told["figures"]) == (published.digest, 748)
    assert published.digest in derek("status")[1]


def test_a_database_that_is_empty_or_cannot_be_is_a_sentence(tmp_path):
    for address in (f"sqlite:///{tmp_path}/none.db", "mysql://x/y", f"sqlite:///{tmp_path}/no/folder.db"):
        for command in (("status",), ("stats", "convicted")):
            done = program(*command, DATABASE_URL=address)
            assert done.returncode == 3, (address, done.stderr)
            assert "Traceback" not in done.stderr
            assert len(done.stderr.splitlines()) == 1


def test_a_difference_is_counted_told_and_changes_nothing(world_folder, sqlite_address):
    assert derek("load", str(world_folder), DATABASE_URL=sqlite_address)[0] == 0
    before = derek("status", "--json", DATABASE_URL=sqlite_address)[1]
    path = world_folder / "observations.csv"
    path.write_text(
        path.read_text(encoding="utf-8").replace(
            "\nconvicted-2024,convicted,84,", "\nconvicted-2024,convicted,85,"
        ),
        encoding="utf-8",
    )
    code, out, _ = derek("load", str(world_folder), "--dry-run", DATABASE_URL=sqlite_address)
    assert code == 0
    assert "observations: 1 cells changed" in out
    assert "~ observations convicted-2024 value: '84' -> '85'" in out
    assert f"this would be release {seed.read(world_folder).digest}" in out
    assert derek("status", "--json", DATABASE_URL=sqlite_address)[1] == before


def test_a_long_difference_is_cut_and_says_so(world_folder, sqlite_address):
    assert derek("load", str(world_folder), DATABASE_URL=sqlite_address)[0] == 0
    out = derek("load", "--dry-run", DATABASE_URL=sqlite_address)[1]
    assert "more; --all tells them" in out
    everything = derek("load", "--dry-run", "--all", DATABASE_URL=sqlite_address)[1]
    assert "more; --all" not in everything
    assert len(everything) > len(out)


DOCUMENT = (
    *("--id", "knb-2026-11-20", "--publisher", "KNB", "--title", "Briefing", "--published", "2026-11-20"),
    *("--url", "https://example.org/november", "--language", "kk", "--kind", "official_statement"),
    *("--read", "full"),
)


def test_a_document_is_added_and_a_figure_withdrawn(world_folder):
    assert derek("new-source", *DOCUMENT, "--package", str(world_folder))[0] == 0
    assert "knb-2026-11-20" in (world_folder / "sources.csv").read_text(encoding="utf-8")
    code, out, _ = derek("publish", "--package", str(world_folder))
    assert (code, out) == (0, "entered 23 figures into published.csv\n")
    asked = ("withdraw", "convicted-2024", "--reason", "It was of 2023.", "--on", "2026-11-25")
    code, out, _ = derek(*asked, "--package", str(world_folder))
    assert code == 0
    assert "withdrew convicted-2024" in out
    assert "It was of 2023." in (world_folder / "changes.csv").read_text(encoding="utf-8")
    code, _, err = derek(*asked, "--package", str(world_folder))
    assert (code, err) == (1, "'convicted-2024' has been withdrawn already\n")


def test_an_edit_that_is_not_sound_is_refused_with_every_fault(world_folder):
    before = {file.name: file.read_bytes() for file in world_folder.iterdir()}
    wrong = [*DOCUMENT]
    wrong[wrong.index("full")] = "half"
    code, _, err = derek("new-source", *wrong, "--package", str(world_folder))
    assert code == 1
    assert "sources.csv:" in err
    assert "refused: 1 fault, nothing was changed" in err
    assert {file.name: file.read_bytes() for file in world_folder.iterdir()} == before


def test_the_installed_dataset_is_not_edited(monkeypatch, tmp_path, world_folder):
    monkeypatch.setattr(cli, "PACKAGE", world_folder.parent)
    code, _, err = derek("publish", "--package", str(world_folder))
    assert code == 3
    assert "--package" in err


def test_whoever_reads_the_first_line_only_is_not_complained_to():
    shell = f"{sys.executable} -m app sources | head -n 1"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stdout.startswith("id ")
    assert "Traceback" not in done.stderr


def test_the_versions_are_told():
    done = program("--version")
    assert done.returncode == 0
    assert "dataset 2026." in done.stdout


def test_a_shell_can_complete_commands_and_indicators():
    assert shutil.which("bash")
    asked = {"_DEREK_COMPLETE": "complete_bash", "COMP_WORDS": "derek stats conv", "COMP_CWORD": "2"}
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; sys.argv=['derek']; from app.cli import app; app(prog_name='derek')",
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **asked},
        check=False,
    )
    assert done.stdout.split() == ["convicted"]
