"""What leaves the repository: the wheel's files, the image, the compose file, the settings as the README tells them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from app.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


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


def test_the_table_of_settings_is_that_of_the_code():
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (.+?) \| ", README, re.MULTILINE))
    assert set(rows) == {name.upper() for name in Settings.model_fields}
    for name, info in Settings.model_fields.items():
        default = info.default
        told = rows[name.upper()]
        assert told == f"`{default}`" if default else told in ("none", "`http://HOST:PORT`"), name


def test_every_command_of_the_readme_exists():
    told = set(re.findall(r"^derek ([a-z][a-z-]+)", README, re.MULTILINE))
    said = subprocess.run(
        [sys.executable, "-m", "app", "--help"], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    known = set(re.findall(r"^\W*([a-z][a-z-]+)  ", said, re.MULTILINE))
    assert {"serve", "load", "check", "status", "stats", "sources", "new-source", "withdraw"} <= told
    assert told == known


def test_the_image_runs_as_nobody_with_its_data_inside():
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert "derek load" in DOCKERFILE
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
        assert asked <= {setting.upper() for setting in Settings.model_fields}
    assert services["load"]["command"] == ["derek", "load"]
    assert services["site"]["depends_on"]["load"]["condition"] == "service_completed_successfully"
    assert not re.search(r"PASSWORD: [^$]", (ROOT / "compose.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["dashboard", "indicator", "incidents", "phone"])
def test_a_picture_of_the_readme_is_there_and_small(name):
    picture = ROOT / "docs" / "screenshots" / f"{name}.png"
    assert f"docs/screenshots/{name}.png" in README
    assert picture.stat().st_size < 300_000
