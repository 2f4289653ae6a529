"""Where the project's own folders are. Apart from the settings, so that a first word is said without reading them."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """Where `seed`, `templates`, `static` or `locale` is: inside an installed wheel, else in the checkout."""
    installed = PACKAGE / "_data" / name
    return installed if installed.is_dir() else PACKAGE.parent / name


def document(name: str) -> Path:
    """Where a text of the project is, such as CHANGELOG.md: inside an installed wheel, else in the checkout."""
    return folder("seed").parent / name
