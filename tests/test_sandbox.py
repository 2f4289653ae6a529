"""The site where it may do next to nothing: as a user without rights, on a root that nobody can write to, within bounds.

The root is put together from this machine's own folders, or is that of the built image where IMAGE_ROOT names it:
`IMAGE_ROOT=$(buildah mount ...) make bar-sandbox`.
"""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from app import seed
from app.database import Database

ROOT = Path(__file__).parent.parent
IMAGE = os.environ.get("IMAGE_ROOT", "")
USER = 10001
MEMORY, TASKS = 256 * 2**20, 64
GROUPS = Path("/sys/fs/cgroup")
BEGIN = """
set -e
mount --make-rprivate /
if [ -n "$IMAGE_ROOT" ]; then
    mount --bind "$IMAGE_ROOT" "$NEW"
else
    mount -t tmpfs -o mode=755,size=1m none "$NEW"
    for place in $PLACES; do
        if [ -L "$place" ]; then cp -P "$place" "$NEW$place"; continue; fi
        mkdir -p "$NEW$place"
        mount --bind "$place" "$NEW$place"
        mount -o remount,bind,ro,nosuid "$NEW$place"
    done
    mkdir -p "$NEW/data" "$NEW/proc" "$NEW/tmp"
fi
mount --bind "$DATA" "$NEW/data"
mount -o remount,bind,ro "$NEW/data"
mount -t proc proc "$NEW/proc"
if [ -z "$IMAGE_ROOT" ]; then mkdir -p "$NEW/dev"; touch "$NEW/dev/null"; else mount -t tmpfs -o mode=755,size=1m none "$NEW/dev"; touch "$NEW/dev/null"; fi
mount --bind /dev/null "$NEW/dev/null"
[ -z "$IMAGE_ROOT" ] || mount -o remount,ro "$NEW/dev"
mount -o remount,bind,ro "$NEW"
for group in $JOIN; do echo 0 > "$group/cgroup.procs"; done
cd /
exec chroot "$NEW" setpriv --reuid="$AS" --regid="$AS" --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs \
    /usr/bin/env -i PATH="$RUNS:/usr/bin:/bin" PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 LC_ALL=C.UTF-8 \
    DATABASE_URL=sqlite:////data/derek.db PORT="$PORT" "$@"
"""


@contextlib.contextmanager
def bounds() -> Iterator[list[Path]]:
    """Groups of the kernel that hold memory and tasks to a bound, where this machine lets us make some."""
    made = []
    for kind, file, most in (("memory", "memory.limit_in_bytes", MEMORY), ("pids", "pids.max", TASKS)):
        group = GROUPS / kind / f"derek-{os.getpid()}"
        with contextlib.suppress(OSError):
            group.mkdir()
            made.append(group)
            (group / file).write_text(str(most))
    yield made
    for group in made:
        group.rmdir()


class Confined:
    """The site, confined; and what `argv` would be there."""

    def __init__(self, home: Path, data: Path, join: list[Path]) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (home / "new").mkdir(exist_ok=True)
        runs = "/venv/bin" if IMAGE else str(Path(sys.prefix) / "bin")
        python = Path(sys.base_prefix).resolve()
        own = {"/usr", "/etc", "/bin", "/sbin", "/lib", "/lib64", str(python), str(ROOT), sys.prefix}
        places = sorted(place for place in own if Path(place).exists())
        self.environment = {
            **os.environ,
            "IMAGE_ROOT": IMAGE,
            "NEW": str(home / "new"),
            "PLACES": " ".join(p for p in places if not any(p.startswith(f"{q}/") for q in places)),
            "DATA": str(data),
            "JOIN": " ".join(map(str, join)),
            "AS": str(USER),
            "RUNS": runs,
            "PORT": str(self.port),
        }
        self.begun = [
            *("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", BEGIN, "sh"),
        ]

    def run(self, *program: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.begun, *program],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def serve(self, log: Path) -> "subprocess.Popen[bytes]":
        with log.open("wb") as said:
            return subprocess.Popen(
                [*self.begun, "derek", "serve"], env=self.environment, stdout=said, stderr=said
            )


@pytest.fixture
def confined(tmp_path, published) -> Iterator[tuple[Confined, list[Path]]]:
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("only root can make such a root: run this test as root, on Linux with util-linux")
    if subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], check=False).returncode:
        pytest.skip("this machine lets nobody make namespaces")
    data = tmp_path / "data"
    data.mkdir()
    database = Database(f"sqlite:///{data}/derek.db")
    seed.load(published, database)
    database.close()
    for file in data.glob("*.lock"):
        file.unlink()
    with bounds() as groups:
        yield Confined(tmp_path, data, groups), groups


@pytest.mark.bar(suite="sandbox", least=100, full=700)
def test_every_page_is_made_where_nothing_may_be_written_and_nothing_is_allowed(
    confined, tmp_path, bar, one_in
):
    sandbox, groups = confined
    writable = sandbox.run("find", "/", "-xdev", "-writable", "-not", "-type", "l")
    assert writable.stdout.split() == ["/dev/null"]
    tried = sandbox.run(
        "sh", "-c", "echo x > /data/x; echo x > /tmp/x; echo x > x; id -u; grep Cap /proc/self/status"
    )
    assert tried.stderr.count("cannot create") == 3
    assert tried.stdout.split()[0] == str(USER)
    assert set(re.findall(r"Cap\w+:\s+(\w+)", tried.stdout)) == {"0" * 16}

    log = tmp_path / "log"
    program = sandbox.serve(log)
    try:
        began = time.monotonic()
        with httpx.Client(base_url=f"http://127.0.0.1:{sandbox.port}", timeout=30) as client:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if client.get("/api/health/ready").status_code == 200:
                        break
                assert program.poll() is None, log.read_text()
                assert time.monotonic() - began < 60
                time.sleep(0.05)
            (site,) = [
                one
                for one in psutil.Process(program.pid).children(recursive=True)
                if "serve" in one.cmdline()
            ]
            status = Path(f"/proc/{site.pid}/status").read_text()
            assert re.search(rf"^Uid:\t{USER}\t{USER}\t{USER}\t{USER}$", status, re.MULTILINE)
            assert set(re.findall(r"^Cap\w+:\s+(\w+)", status, re.MULTILINE)) == {"0" * 16}
            assert re.search(r"^NoNewPrivs:\t1$", status, re.MULTILINE)
            for path in asked(client, one_in(7)):
                answer = client.get(path)
                bar.case(answer.status_code == 200)
                assert answer.status_code == 200, path
            status = Path(f"/proc/{site.pid}/status").read_text()
            assert int(re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)[1]) * 1024 < MEMORY
            assert int(re.search(r"^Threads:\s+(\d+)", status, re.MULTILINE)[1]) < TASKS
            for group in groups:
                assert str(site.pid) in (group / "cgroup.procs").read_text().split()
            site.terminate()
            assert program.wait(30) == 0
        assert "Traceback" not in log.read_text()
    finally:
        program.kill()
        program.wait()


def asked(client: httpx.Client, one_in: int) -> Iterator[str]:
    """Each page of the site and each form of its data; of many alike, one in so many."""
    site = re.findall(r"<loc>http://[^/]+(/[^<]+)</loc>", client.get("/sitemap.xml").text)
    assert len(site) > 600
    yield from site[::one_in]
    paths: dict[str, Any] = client.get("/api/openapi.json").json()["paths"]
    yield from (path for path in paths if "{" not in path)
    for form in ("svg", "png"):
        yield f"/kk/indicators/convicted.{form}"
    yield from ("/en/indicators/convicted.social.png", "/embed/ru/indicators/detained", "/api/stats.xlsx")
    yield from ("/en/figures/s001-convicted.bib", "/en/changes.atom", "/catalog.jsonld", "/static/app.css")
