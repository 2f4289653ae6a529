"""What leaves the repository: the wheel's files, the image, the compose file, the settings as the README tells them."""

import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from app.cli import app
from app.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SETTINGS = {name.upper() for name in Settings.model_fields}
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def hook() -> Any:
    """hatch_build.py, which is imported where hatchling is and not here."""
    stand_in = ModuleType("hatchling.builders.hooks.plugin.interface")
    stand_in.BuildHookInterface = object  # type: ignore[attr-defined]
    parts = stand_in.__name__.split(".")
    modules = {".".join(parts[:end]): ModuleType(".".join(parts[:end])) for end in range(1, len(parts))}
    with pytest.MonkeyPatch.context() as patch:
        for name, module in {**modules, stand_in.__name__: stand_in}.items():
            patch.setitem(sys.modules, name, module)
        return SimpleNamespace(**runpy.run_path(str(ROOT / "hatch_build.py")))


def test_every_folder_that_the_program_reads_is_in_the_wheel():
    """The hook packs whole folders; what the code asks `folder()` for has to be among them."""
    hook = (ROOT / "hatch_build.py").read_text(encoding="utf-8")
    packed = re.search(r"^DATA = \((.*)\)$", hook, re.MULTILINE)
    assert packed
    asked = {
        name
        for module in (ROOT / "app").rglob("*.py")
        for name in re.findall(r"folder\(\"(\w+)\"\)", module.read_text(encoding="utf-8"))
    }
    assert asked == set(re.findall(r'"(\w+)"', packed[1]))


def test_the_packed_files_are_enough_from_any_folder(tmp_path):
    """What a wheel holds, laid out as it lays it out, away from the checkout: nothing else is read."""
    packed = tmp_path / "packed"
    shutil.copytree(ROOT / "app", packed / "app", ignore=shutil.ignore_patterns("__pycache__"))
    for name in hook().data_files(ROOT):
        target = packed / "app" / "_data" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    look = """
from pathlib import Path
from starlette.testclient import TestClient
import app
from app.main import create_app
assert Path(app.__file__).is_relative_to(Path(PACKED)), app.__file__
with TestClient(create_app()) as client:
    for path in ("/en/", "/ru/changes", "/kk/changes.atom", "/favicon.ico", "/static/app.css", "/api/stats"):
        assert client.get(path).status_code == 200, path
    assert "Ұлттық" in client.get("/kk/").text
"""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environment = {
        **{name: value for name, value in os.environ.items() if name.upper() not in SETTINGS},
        "PYTHONPATH": str(packed),
    }
    for program in (
        ["-c", look.replace("PACKED", repr(str(packed)))],
        ["-m", "app", "export", "release", str(tmp_path / "release"), "--without-parquet"],
        ["-m", "app", "check"],
    ):
        done = subprocess.run(
            [sys.executable, *program],
            cwd=elsewhere,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("sound: ")
    assert not list(elsewhere.iterdir())
    assert "The first record" in (tmp_path / "release" / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "CC BY 4.0" in (tmp_path / "release" / "LICENSE-DATA.md").read_text(encoding="utf-8")


def test_what_the_hook_fetches_is_pinned_by_version_and_digest():
    for package in hook().PACKAGES:
        assert re.fullmatch(r"@?[\w./\-]+@\d+\.\d+\.\d+", package.name)
        assert any("LICENSE" in name for name in package.files)
        for _, digest in package.files.values():
            assert re.fullmatch(r"[0-9a-f]{64}", digest)


def test_the_table_of_settings_is_that_of_the_code():
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (.+?) \| ", README, re.MULTILINE))
    assert set(rows) == {name.upper() for name in Settings.model_fields}
    for name, info in Settings.model_fields.items():
        default = info.default
        told = rows[name.upper()]
        assert told == f"`{default}`" if default else told in ("none", "`http://HOST:PORT`"), name


def test_every_command_of_the_readme_exists():
    told = set(re.findall(r"^derek ([a-z][a-z-]+)", README, re.MULTILINE))
    known = {
        command.name or command.callback.__name__.replace("_", "-") for command in app.registered_commands
    }
    known |= {group.name for group in app.registered_groups}
    assert told == known


def test_the_image_runs_as_nobody_with_its_data_inside():
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert "derek load" in DOCKERFILE
    assert "--invalidation-mode unchecked-hash" in DOCKERFILE  # copies give files another day
    assert "DATABASE_URL=sqlite:////data/derek.db" in last
    assert not re.search(r"^ADD ", DOCKERFILE, re.MULTILINE)


def test_the_compose_file_says_what_it_needs_and_gives_nothing_away():
    composed = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    services = composed["services"]
    assert set(services) == {"database", "load", "site"}
    for name in ("load", "site"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        asked = set(services[name]["environment"])
        # The password goes to the database's own driver.
        assert asked - {"PGPASSWORD"} <= {setting.upper() for setting in Settings.model_fields}
        assert services[name]["mem_limit"]
        assert services[name]["pids_limit"]
    assert all(port.startswith("127.0.0.1:") for port in services["site"]["ports"])
    assert services["database"]["read_only"] is True
    assert services["database"]["cap_drop"] == ["ALL"]
    assert re.fullmatch(r"postgres:\d+\.\d+-\w+", services["database"]["image"])
    assert services["load"]["command"] == ["derek", "load"]
    assert services["site"]["depends_on"]["load"]["condition"] == "service_completed_successfully"
    assert not re.search(r"PASSWORD: [^$]", (ROOT / "compose.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["dashboard", "indicator", "incidents", "phone"])
def test_a_picture_of_the_readme_is_there_and_small(name):
    picture = ROOT / "docs" / "screenshots" / f"{name}.png"
    assert f"docs/screenshots/{name}.png" in README
    assert picture.stat().st_size < 300_000
