"""What reads text of others meets any text: it understands it or says why not, soon, and nothing else comes of it.

`make bar` looks further than CI with the same oracles. The texts are made of what each parser knows, in any order, and of
what nobody would write.
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from starlette.testclient import TestClient

from app import models, seed
from app.database import Database
from app.seed.package import canonical_cell

WORLD = Path(__file__).parent / "seed"
SOON = 5
"""Seconds that no single text may take, on a machine that has other things to do."""


def made_of(*words: str) -> st.SearchStrategy[str]:
    known = st.lists(st.sampled_from(words), max_size=12).map("".join)
    return known | st.text(max_size=40) | st.text(st.sampled_from("0123456789"), max_size=5000)


def bytes_of(*words: str) -> st.SearchStrategy[bytes]:
    odd = st.sampled_from([b"\xff", b"\x00", b"\xc3", b"\xf0\x9f\x98\x80", b"\t", b" " * 500])
    known = st.sampled_from([word.encode() for word in words])
    return st.lists(known | odd, max_size=12).map(b"".join) | st.binary(max_size=60)


CELLS: dict[str, TypeAdapter[Any]] = {
    "day": TypeAdapter(models.Day),
    "edtf": TypeAdapter(models.Edtf),
    "number": TypeAdapter(models.Number),
    "whole": TypeAdapter(models.Whole),
    "flag": TypeAdapter(models.Flag),
}


@pytest.mark.bar(suite="parsers", least=300, full=20_000)
@pytest.mark.parametrize("kind", CELLS)
def test_a_cell_is_understood_or_refused(kind, bar):
    parse = CELLS[kind].validate_python
    words = (
        "0",
        "1",
        "9",
        "20",
        "19",
        "-",
        ".",
        "/",
        "E",
        "e",
        "+",
        "_",
        " ",
        "inf",
        "nan",
        "०",
        "²",
        "\n",
        "X",
        "?",
        "~",
        "..",
    )

    @settings(max_examples=bar.of(300, 20_000), database=None)
    @given(made_of(*words))
    @example("9" * 5000)
    @example("1e400")
    @example("२०१९")
    def ask(cell: str) -> None:
        began = time.monotonic()
        bar.case()
        try:
            understood = parse(cell)
        except ValidationError:
            understood = None
        assert time.monotonic() - began < SOON
        if understood is not None:
            assert cell.isascii(), "digits of other scripts are told, not taken: as text they sort otherwise"
            assert parse(canonical_cell(understood)) == understood, "and is so again as it is stored"
            if kind == "edtf":
                assert date(1, 1, 1) <= models.last_day(cell) <= date.max

    ask()


@pytest.mark.bar(suite="parsers", least=60, full=3000)
@pytest.mark.parametrize("file", ["observations.csv", "texts.csv", "datapackage.json"])
def test_a_file_is_read_or_refused(tmp_path, file, bar):
    package = Path(shutil.copytree(WORLD, tmp_path / "package"))
    whole = (package / file).read_bytes()
    words = (
        '"',
        ",",
        "\n",
        "\r",
        ";",
        "id",
        "value",
        "{",
        "}",
        "[",
        ":",
        "null",
        "NaN",
        "1e999",
        "\ufeff",
        "\u2028",
    )

    @settings(max_examples=bar.of(60, 3000), database=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, len(whole)), st.integers(0, 60), bytes_of(*words))
    def ask(at: int, gone: int, new: bytes) -> None:
        (package / file).write_bytes(whole[:at] + new + whole[at + gone :])
        began = time.monotonic()
        bar.case()
        try:
            read = seed.read(package)
        except seed.Refused as refused:
            assert all(fault.reason for fault in refused.faults)  # noqa: PT017
        else:
            assert len(read.digest) == 64
        assert time.monotonic() - began < SOON

    ask()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, world: seed.Package, serve: Any) -> Iterator[TestClient]:
    with serve(Database(f"sqlite:///{tmp_path_factory.mktemp('parsers')}/derek.db"), world) as client:
        yield client


HEADERS = {
    "accept": (
        "text/csv",
        "application/json",
        "text/html",
        "*/*",
        "*",
        "/",
        ",",
        ";q=",
        ";",
        "0",
        "1",
        "0.5",
        "1e9",
        "nan",
        "-1",
        " ",
        '"',
    ),
    "accept-encoding": (
        "gzip",
        "br",
        "identity",
        "*",
        "deflate",
        ",",
        ";q=",
        ";",
        "0",
        "1",
        "0.0",
        "1e9",
        "nan",
        "-1",
        " ",
    ),
    "if-none-match": ("W/", '"', "*", ",", " ", "TAG", "\\"),
}


@pytest.mark.bar(suite="parsers", least=100, full=5000)
@pytest.mark.parametrize("name", HEADERS)
def test_no_header_changes_what_is_said(client, name, bar):
    """The answer is the one that there is for its type, or that there is none; whole in whichever coding it comes."""
    path = "/api/observations"
    golden = {
        client.get(path, headers={"accept": kind}).headers["content-type"]: client.get(
            path, headers={"accept": kind}
        )
        for kind in ("application/json", "text/csv")
    }
    tag = golden["application/json"].headers["etag"]

    @settings(max_examples=bar.of(100, 5000), database=None, suppress_health_check=list(HealthCheck))
    @given(bytes_of(*HEADERS[name]))
    def ask(value: bytes) -> None:
        value = value.replace(b"TAG", tag.strip('"').encode())
        began = time.monotonic()
        answer = client.get(path, headers=[(name.encode(), value)])
        bar.case()
        assert time.monotonic() - began < SOON
        if answer.status_code == 200 and answer.headers["content-type"] in golden:
            assert answer.content == golden[answer.headers["content-type"]].content
        elif answer.status_code == 304:
            assert tag.encode() in value or b"*" in value
        else:
            assert answer.status_code in (200, 406), answer.text

    ask()


@pytest.mark.bar(suite="parsers", least=100, full=5000)
def test_a_cursor_is_one_of_ours_or_refused(client, bar):
    first = client.get("/api/observations?limit=5").json()
    ours = first["links"]["next"].partition("cursor=")[2].partition("&")[0]

    @settings(max_examples=bar.of(100, 5000), database=None, suppress_health_check=list(HealthCheck))
    @given(
        st.builds(
            lambda at, gone, new: ours[:at] + new + ours[at + gone :],
            st.integers(0, 99),
            st.integers(0, 5),
            st.text(max_size=4),
        )
        | made_of("=", "-", "_", "A", "W10", "e30", "\0", "%00")
    )
    def ask(cursor: str) -> None:
        began = time.monotonic()
        try:
            answer = client.get("/api/observations", params={"limit": "5", "cursor": cursor})
        except UnicodeEncodeError:
            return  # nobody can ask this
        bar.case()
        assert time.monotonic() - began < SOON
        assert answer.status_code == 422 or answer.json()["data"] != first["data"], cursor

    ask()


GUIDED = (
    "cursor",
    "accept",
    "sheet",
    "descriptor",
    "coding",
    "tag",
    "day",
    "edtf",
    "number",
    "whole",
    "flag",
)


@pytest.mark.bar(suite="guided", least=1_000, full=1_000_000)
def test_no_text_that_coverage_leads_to_is_an_exception(tmp_path, bar, one_in):
    """As above, with texts that are chosen by what the ones before have reached. In CI for one parser."""
    if not find_spec("atheris"):
        pytest.skip("atheris is for Linux on x86_64 only")
    for name in GUIDED[: len(GUIDED) // one_in(11)]:
        runs = bar.of(1_000, 20_000 if name in ("sheet", "descriptor") else 150_000)
        done = subprocess.run(
            [sys.executable, "-m", "tests.guided", name, str(runs), str(tmp_path / name)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        assert f"Done {runs} runs" in done.stderr
        bar.case(times=runs)
