"""What keeps the house in order: things that are described, translated, or kept out."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from plotly.offline import get_plotlyjs_version

from app.counting import METRICS
from app.folders import folder
from app.i18n import LANGUAGES
from app.models import TABLES
from app.settings import Settings

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "app").glob("*.py"))
TEMPLATES = sorted((ROOT / "templates").glob("*.html"))
PLACEHOLDER = re.compile(r"%\(\w+\)s")


def placeholders(text: object) -> set[str]:
    return set(PLACEHOLDER.findall(str(text)))


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_a_module_says_what_it_is(module):
    assert ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__tablename__)
def test_a_file_and_its_columns_are_described(table):
    assert table.__doc__
    for column in table.columns():
        assert table.model_fields[column].description, column


def test_a_setting_is_described_and_in_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, info in Settings.model_fields.items():
        assert info.description
        assert f"`{name.upper()}`" in readme


def test_the_commands_of_the_readme_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    documents = [
        (ROOT / name).read_text(encoding="utf-8")
        for name in ("README.md", "CONTRIBUTING.md", "seed/README.md")
    ]
    for target in {word for text in documents for word in re.findall(r"\bmake ([a-z]+)\b", text)} - {"and"}:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_readme_of_the_dataset_counts_right(published):
    counts = {table.__tablename__: len(rows) for table, rows in published.tables.items()}
    text = (ROOT / "seed" / "README.md").read_text(encoding="utf-8")
    said = f"{counts['observations']} figures from {counts['sources']} documents"
    assert said in text
    assert f"and {counts['origins']} acts of stating" in " ".join(text.split())


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_holds_no_style_script_or_handler_of_its_own(template):
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|\son[a-z]+=|javascript:|<style", text)
    for script in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in script or re.search(r'type="application/(ld\+)?json"', script)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_says_nothing_outside_gettext(template):
    text = re.sub(
        r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    text = re.sub(r"<pre.*?</pre>", " ", text, flags=re.DOTALL)  # code to copy is in no language of readers
    text = re.sub(r"<[^>]*>", " ", text)
    text = re.sub(r"/\S*/\S*#?", " ", text)  # addresses, where a macro writes one
    loose = set(re.findall(r"[A-Za-z]{3,}", text)) - {
        "CSV",
        "JSON",
        "XLSX",
        "CSVW",
        "SDMX",
        "stat",
        "PNG",
        "SVG",
        "GET",
        "OpenAPI",
    }
    assert not loose


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_every_sentence_of_the_interface_is_translated_with_its_placeholders(language):
    file = folder("locale") / language / "LC_MESSAGES" / "derek.po"
    with file.open("rb") as source:
        messages = [message for message in read_po(source, locale=language) if message.id]
    assert len(messages) > 100
    for message in messages:
        originals = message.id if isinstance(message.id, tuple) else (message.id,)
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(texts), message.id
        assert not message.fuzzy, message.id
        for text in texts:
            assert placeholders(text) == placeholders(originals[-1]), message.id


def test_the_catalogues_hold_what_the_code_says_and_nothing_else(tmp_path):
    extracted = tmp_path / "messages.pot"
    command = ["--quiet", "extract", "--mapping-file=pyproject.toml", f"--output-file={extracted}", "."]
    pybabel = "from babel.messages.frontend import main; main()"
    subprocess.run([sys.executable, "-c", pybabel, *command], cwd=ROOT, check=True)
    with extracted.open("rb") as source:
        said = {message.id for message in read_po(source) if message.id}
    for language in ("ru", "kk"):
        with (folder("locale") / language / "LC_MESSAGES" / "derek.po").open("rb") as source:
            known = {message.id for message in read_po(source, locale=language) if message.id}
        assert (said - known, known - said) == (set(), set()), "run `make messages` and translate what is new"


def test_the_browsers_plotly_is_the_one_that_the_python_package_carries():
    pinned = re.search(
        r'"plotly\.js-basic-dist-min@([\d.]+)"', (ROOT / "hatch_build.py").read_text(encoding="utf-8")
    )
    assert pinned
    assert pinned[1] == get_plotlyjs_version()


def test_a_decision_has_context_decision_and_consequences():
    for record in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        text = record.read_text(encoding="utf-8")
        assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"], (
            record.name
        )
        assert len(text.splitlines()) < 70, record.name


def test_nothing_of_others_is_kept_in_the_repository():
    for file in tracked():
        assert not re.search(r"\.min\.(js|css)$|/vendor/|node_modules", str(file.relative_to(ROOT)))


def test_no_text_file_is_written_for_one_machine():
    for file in tracked():
        content = file.read_bytes()
        assert b"\r\n" not in content or file.suffix in (".png",), file
        assert not re.search(rb"(?<![\w.])/(home|root|Users)/\w", content), file


def test_each_threat_names_a_test_that_there_is():
    tests = {file.name: file.read_text(encoding="utf-8") for file in (ROOT / "tests").glob("test_*.py")}
    for line in (ROOT / "docs" / "security.md").read_text(encoding="utf-8").splitlines():
        if not line.startswith("| ") or line.startswith("| threat"):
            continue
        files = re.findall(r"`(test_\w+\.py)`", line)
        assert files, line
        for name in re.findall(r"`(test_\w+)`", line):
            assert any(f"def {name}(" in tests[file] for file in files), name


def test_each_metric_is_explained_to_whoever_runs_the_site():
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    for metric in METRICS:
        assert f"`{metric.name}" in text
