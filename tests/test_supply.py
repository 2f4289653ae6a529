"""Where the code of others comes from: locked by digest, not older than what is known to be weak, listed, and built alike."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from locks import sbom

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FLOOR: dict[str, dict[str, str]] = tomllib.loads((ROOT / "locks" / "floor.toml").read_text(encoding="utf-8"))


def locked(name: str) -> dict[str, list[Version]]:
    """The versions of each package in a list; of some there is one for each Python."""
    found: dict[str, list[Version]] = {}
    for package, version in re.findall(
        r"^([a-z0-9.\-]+)==([^ ;\\]+)", (ROOT / "locks" / name).read_text(encoding="utf-8"), re.MULTILINE
    ):
        found.setdefault(package, []).append(Version(version))
    return found


@pytest.mark.parametrize("name", ["runtime.txt", "dev.txt", "build.txt"])
def test_everything_is_locked_by_its_digest(name):
    text = (ROOT / "locks" / name).read_text(encoding="utf-8")
    parts = re.split(r"^(?=[a-z0-9])", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE), flags=re.MULTILINE)[
        1:
    ]
    assert len(parts) == sum(map(len, locked(name).values())) > 5
    for part in parts:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", part), part
    assert "://" not in re.sub(r"--hash=\S+", "", text)


def test_nothing_is_older_than_what_is_known_to_be_weak():
    for name in ("runtime.txt", "dev.txt"):
        held = locked(name)
        for package, floor in FLOOR.items():
            assert held[package], package
            assert min(held[package]) >= Version(floor["version"]), (name, package)
    for package, floor in FLOOR.items():
        assert set(floor) == {"version", "reason"}, package
        assert len(floor["reason"]) > 15, package


def test_whatever_the_site_needs_has_a_floor_and_none_is_below_it():
    needed = [
        Requirement(one) for one in (*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["postgres"])
    ]
    for one in needed:
        name = canonicalize_name(one.name)
        assert name in FLOOR, name
        lowest = next(Version(bound.version) for bound in one.specifier if bound.operator == ">=")
        assert lowest >= Version(FLOOR[name]["version"]), name
        assert any(bound.operator == "<" for bound in one.specifier), name


def test_the_list_of_parts_is_whole_sound_and_the_same_every_time():
    written = sbom.document()
    assert written == sbom.document()
    faults = JsonStrictValidator(SchemaVersion.V1_6).validate_str(written)
    assert faults is None
    listed = {part["purl"]: part for part in json.loads(written)["components"]}
    for package, versions in locked("runtime.txt").items():
        for version in versions:
            assert listed[f"pkg:pypi/{package}@{version}"]["hashes"]
    files = {
        file["name"]: file["hashes"][0]["content"]
        for part in listed.values()
        for file in part.get("components", ())
    }
    vendored = ROOT / "static" / "vendor"
    assert set(files) == {file.name for file in vendored.iterdir()}
    for name, digest in files.items():
        assert hashlib.sha256((vendored / name).read_bytes()).hexdigest() == digest
    assert len(listed) == sum(map(len, locked("runtime.txt").values())) + len(sbom.packages_of_browsers())


def test_the_dockerfile_is_without_fault():
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with what a wheel is built with, as the image has one."""
    home = tmp_path_factory.mktemp("tools")
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    python = home / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes",
         "--requirement", ROOT / "locks" / "build.txt"],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return python


def built(python: Path, home: Path, day: int, umask: int) -> Path:
    """A wheel of what git keeps, from a checkout of another day, of another user, in another folder."""
    checkout = home / "checkout"
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.split(
        b"\0"
    )
    for name in filter(None, names):
        file = ROOT / os.fsdecode(name)
        if file.is_file():
            target = checkout / os.fsdecode(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
            target.chmod(0o666 & ~umask)
            os.utime(target, (day, day))
    subprocess.run(
        [python, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-build-isolation", "--no-deps",
         "--no-cache-dir", "--wheel-dir", home, checkout],
        check=True,
        capture_output=True,
        umask=umask,
    )  # fmt: skip
    (wheel,) = home.glob("*.whl")
    return wheel


def test_two_wheels_of_one_commit_are_the_same_to_the_byte(tools, tmp_path):
    wheels = []
    for day, umask in ((1_600_000_000, 0o022), (1_790_000_000, 0o077)):
        home = tmp_path / str(umask)
        home.mkdir()
        wheels.append(built(tools, home, day, umask))
    one, other = wheels
    assert one.name == other.name
    with zipfile.ZipFile(one) as first, zipfile.ZipFile(other) as second:
        assert first.namelist() == second.namelist()
        differing: list[Any] = [name for name in first.namelist() if first.read(name) != second.read(name)]
        assert differing == []
        assert "app/_data/static/vendor/plotly-basic.min.js" in first.namelist()
    assert one.read_bytes() == other.read_bytes()
