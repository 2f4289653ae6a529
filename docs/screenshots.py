"""Takes the pictures of the README from the running site: `make screenshots`.

Starts the site by itself, looks at it with the tests' browser, and leaves PNG files in docs/screenshots/.
"""

import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

SHOTS = {
    # name: address, width, height, theme
    "dashboard": ("/en/", 1180, 1000, "light"),
    "indicator": ("/en/indicators/foiled_plots", 1180, 1000, "dark"),
    "incidents": ("/en/incidents", 1180, 860, "light"),
    "phone": ("/kk/indicators/convicted#chart", 390, 860, "light"),
}
PORT = 8765
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


def main() -> None:
    target = Path(__file__).parent / "screenshots"
    target.mkdir(exist_ok=True)
    site = subprocess.Popen([sys.executable, "-m", "app", "serve", "--port", str(PORT)])  # noqa: S603
    try:
        wait(f"http://127.0.0.1:{PORT}/api/health/ready")
        with sync_playwright() as playwright:
            found = shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
            for name, (address, width, height, theme) in SHOTS.items():
                page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme)  # type: ignore[arg-type]
                page.goto(f"http://127.0.0.1:{PORT}{address}")
                page.wait_for_load_state("networkidle")
                page.screenshot(path=target / f"{name}.png")
            browser.close()
    finally:
        site.terminate()
        site.wait()


def wait(address: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(address)  # noqa: S310
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"{address} does not answer")


main()
