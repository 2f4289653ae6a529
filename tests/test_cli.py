"""Derek in a terminal: what it prints, how it ends, and that a failure is a sentence."""

import contextlib
import csv
import fcntl
import json
import os
import pty
import re
import shutil
import socket
import struct
import subprocess
import sys
import termios
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
        (("sources", "--kind", "officialstatement"), "did you mean official_statement?"),
        (("nonsense",), "nonsense"),
    ],
)
def test_what_cannot_be_understood_ends_with_2_and_says_why(arguments, said):
    code, _, err = derek(*arguments)
    assert code == 2
    assert said in " ".join(err.replace("│", "").split())


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


def versioned(package: Path, version: str, created: str = "2026-11-22T00:00:00Z") -> None:
    path = package / "datapackage.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, "version": version, "created": created}), encoding="utf-8")


def test_going_back_says_so_and_what_it_changes(world_folder, sqlite_address):
    assert derek("load", str(world_folder), DATABASE_URL=sqlite_address)[0] == 0
    assert "took in a new release: " in derek("load", DATABASE_URL=sqlite_address)[1]
    out = derek("load", str(world_folder), DATABASE_URL=sqlite_address)[1]
    assert out.startswith("made a former release current again: version 2026.11.0")
    assert re.search(r"^observations: \d+ added, \d+ gone", out, re.MULTILINE)


def test_a_first_load_can_be_tried_before_there_is_a_database(world_folder, tmp_path):
    address = f"sqlite:///{tmp_path}/new.db"
    code, out, _ = derek("load", str(world_folder), "--dry-run", DATABASE_URL=address)
    assert code == 0
    assert out.startswith("the database holds nothing yet: everything would be added\n")
    assert not (tmp_path / "new.db").exists()
    code, _, err = derek("status", DATABASE_URL=address)
    assert (code, err) == (3, f"there is no database {tmp_path}/new.db yet; `derek load` makes it\n")


def test_a_package_of_a_day_to_come_is_sound_and_warned_of(world_folder):
    """The clock of a machine decides on no dataset, and a slip of the keyboard should not pass unseen."""
    versioned(world_folder, "2026.11.1", "2999-01-01T00:00:00Z")
    code, out, err = derek("check", str(world_folder))
    assert (code, out[:6]) == (0, "sound:")
    assert "warning: the package is dated 2999-01-01" in err


def test_what_is_not_translated_yet_is_counted_and_listed_ready_to_be_filled_in(world_folder):
    code, out, _ = derek("untranslated", str(world_folder))
    lines = out.splitlines()
    assert code == 0
    assert {"the year 2023,,", '"At least 9,000 links were blocked.",,'} <= set(lines)
    assert "Address not known.,," not in lines

    _, out, err = derek("check", str(world_folder))
    assert out.startswith("sound:")
    assert err == (
        f"without a translation, so that pages show it in English: {len(lines)} (derek untranslated)\n"
    )

    with (world_folder / "translations.csv").open("a", encoding="utf-8", newline="") as file:
        filled = csv.writer(file, lineterminator="\n")
        for text, _, _ in csv.reader(lines):
            numbers = (one.replace(",", " ").replace(".", ",") for one in re.findall(r"\d[\d.,]*\d|\d", text))
            told = "; ".join(numbers)
            filled.writerow((text, f"русский {told}".strip(), f"қазақша {told}".strip()))
        filled.writerow(("A text of no row.", "Ничей текст.", "Ешкімнің мәтіні."))
    _, out, err = derek("check", str(world_folder))
    assert out.startswith("sound:")
    assert err == "translations of no text, such as 'A text of no row.': 1; take them out\n"


def test_headlines_are_written_where_the_package_is_sound(world_folder, tmp_path):
    kept = tmp_path / "headlines.md"
    asked = ("headlines", str(world_folder), "--output", str(kept))
    assert derek(*asked)[0] == 0
    written = kept.read_text(encoding="utf-8")
    assert written == derek("headlines", str(world_folder))[1]
    (world_folder / "texts.csv").write_text("spoilt", encoding="utf-8")
    assert derek(*asked)[0] == 1
    assert kept.read_text(encoding="utf-8") == written


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sources", "knbx"), "no document fits\n"),
        (
            ("stats", "convicted", "--as-of", "1900-01-01"),
            "no figure of convicted had been stated by 1900-01-01\n",
        ),
    ],
)
def test_an_empty_answer_says_that_it_is_empty(arguments, said):
    assert derek(*arguments) == (0, "", said)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("check none", "there is no folder none"),
        ("check README.md", "README.md is a file"),
        ("withdraw x --reason y --package none", "there is no folder none"),
        ("serve --host no.such.host.invalid", "there is no address"),
        ("status >/dev/full", "no space left on device"),
        ("--help >/dev/full", "no space left on device"),
        ("--version >&-", "standard output is closed"),
        ("stats convicted >&-", "standard output is closed"),
        ("PUBLIC_URL=https://derek.example/site status", "with no path after it"),
        ("CONTACT=nobody status", "CONTACT: 'nobody' will not do; right is an e-mail address"),
        ("HOME=/proc/none SHELL=/bin/bash --install-completion bash", "/proc/none"),
    ],
)
def test_what_is_not_available_is_a_sentence_and_3(command, said):
    done = shell(command)
    assert (done.returncode, said in done.stderr) == (3, True), done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def shell(command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A command as it is typed: settings before it, a pipe or another file after it."""
    words = command.split()
    before = [word for word in words if re.match(r"[A-Z_]+=", word)]
    line = " ".join([*before, sys.executable, "-m", "app", *words[len(before) :]])
    environment = {**os.environ, "DATABASE_URL": "", **settings}
    return subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, cwd=ROOT, env=environment, check=False
    )


def test_a_port_in_use_is_told_with_what_to_do():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = program("serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 3
    assert re.fullmatch(r"port \d+ of 127\.0\.0\.1 is in use; name another with --port .*\n", done.stderr)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_letters_that_a_terminal_lacks_are_written_as_codes(encoding):
    done = program("sources", "kazinform", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, "")
    # Where only ASCII is promised, every terminal of today reads UTF-8 and is sent that.
    assert ("\\u04" in done.stdout) == (encoding == "latin-1")


@pytest.mark.parametrize("after", [0.1, 0.3, 0.6, 1.0])
def test_an_interruption_is_quiet_from_the_first_import_on(after):
    started = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(after)], stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    said = started.communicate()[1]
    assert (started.returncode, said) == (130, "")


INTERRUPTED = """
import signal, sys
signal.signal(signal.SIGALRM, signal.default_int_handler)
from app.__main__ import main
signal.setitimer(signal.ITIMER_REAL, float(sys.argv[1]))
sys.argv[1:] = ["headlines"]
main()
"""


def test_whoever_waits_at_a_terminal_sees_that_work_goes_on():
    """One step that takes long is told of too: the bar has a clock of its own."""
    slow = "from time import sleep; from app.cli import _progress\nwith _progress('reading'): sleep(1.6)"
    assert any("reading" in line for line in on_a_terminal(80, program=("-c", slow)))
    assert "reading" not in program("check").stderr


def on_a_terminal(columns: int, *arguments: str, program: tuple[str, ...] = ("-m", "app")) -> list[str]:
    """What is seen in a terminal of that width."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {**os.environ, "DATABASE_URL": "", "TERM": "xterm"}
    for name in ("COLUMNS", "LINES"):
        environment.pop(name, None)
    started = subprocess.Popen(
        [sys.executable, *program, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=ROOT,
        env=environment,
    )
    os.close(theirs)
    seen = b""
    with contextlib.suppress(OSError):
        while read := os.read(ours, 65536):
            seen += read
    os.close(ours)
    assert started.wait() == 0
    return re.sub("\x1b\\[[0-9;]*m", "", seen.decode()).splitlines()


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_narrow_terminal_has_fewer_columns_and_no_broken_id(columns):
    seen = on_a_terminal(columns, "stats", "convicted")
    table = seen[next(n for n, line in enumerate(seen) if line.startswith("year")) : -1]
    rows = [line for line in table if not line.startswith("(left out")]
    assert max(map(len, rows)) <= columns
    assert {"year", "figure", "days"} <= set(rows[0].split())
    assert ("id" in rows[0].split()) == any("s001-convicted" in line.split() for line in rows)
    assert ("id" in rows[0].split()) == (columns >= 80)
    assert any("left out" in line for line in table) == (columns < 200)


def test_a_file_or_a_pipe_gets_a_row_a_line_without_blanks_at_its_end():
    out = derek("stats", "convicted")[1]
    assert not [line for line in out.splitlines() if line != line.rstrip()]


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
    for dry_run in ((), ("--dry-run",)):
        code, _, err = derek("load", str(world_folder), *dry_run, DATABASE_URL=sqlite_address)
        assert (code, "version 2026.11.0 is already taken" in err) == (1, True)
    versioned(world_folder, "2026.11.1")
    code, out, _ = derek("load", str(world_folder), "--dry-run", DATABASE_URL=sqlite_address)
    assert code == 0
    assert "observations: 1 cell changed\n" in out
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


@pytest.mark.parametrize("command", ["sources", "openapi", "--help", "stats convicted"])
def test_whoever_reads_the_first_line_only_is_not_complained_to(command):
    done = shell(f"{command} | head -n 1; exit ${{PIPESTATUS[0]}}")
    assert (done.returncode, done.stderr) == (0, "")


def test_an_option_without_a_value_is_shown_without_one():
    for command in ((), ("load",), ("sources",)):
        code, out, _ = derek(*command, "--help")
        assert code == 0
        assert "--help" in out
        assert "bool" not in out


def test_the_versions_are_told():
    done = program("--version")
    assert done.returncode == 0
    assert "dataset 2026." in done.stdout


@pytest.mark.parametrize("asked", ["--version", "--help"])
def test_a_first_word_waits_for_nothing_heavy(asked):
    look = f"""
import sys
from app.__main__ import main
sys.argv[1:] = ["{asked}"]
try: main()
finally: print(*sorted({{"fastapi", "sqlmodel", "plotly", "pydantic", "uvicorn", "babel"}} & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, "")


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
