"""The least that a server in Python does: an app without a framework that sends the same bytes to everybody.

Served as Derek is, by one uvicorn with uvloop and httptools. The bytes and their kind stand in a file that BODY names.
"""

import os
from pathlib import Path
from typing import Any

BODY = Path(os.environ["BODY"]).read_bytes()
HEADERS = [
    (b"content-type", os.environ.get("KIND", "text/html; charset=utf-8").encode()),
    (b"content-length", str(len(BODY)).encode()),
]


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})
