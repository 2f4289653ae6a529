"""Whether the server answers, and has data."""

from fastapi import Request
from fastapi.responses import JSONResponse

from app import contract
from app import database as databases
from app.api.answers import NOT_KEPT, TRY_AGAIN, router
from app.watching import Tampered


@router.get(
    "/health/live",
    operation_id="live",
    tags=["health"],
    response_model=contract.Health,
    openapi_extra=contract.answered("/api/health/live"),
)
def live() -> JSONResponse:
    """Whether the process answers."""
    return JSONResponse({"status": "ok"}, headers=NOT_KEPT)


@router.get(
    "/health/ready",
    operation_id="ready",
    tags=["health"],
    response_model=contract.Health,
    responses={503: {"model": contract.Health}},
    openapi_extra=contract.answered("/api/health/ready"),
)
def ready(request: Request) -> JSONResponse:
    """Whether there is a whole release to answer from."""
    try:
        if fault := request.app.state.watch.seen.fault:
            raise fault
        with request.app.state.database.reading() as session:
            current = databases.release(session)
    except databases.Empty:
        return JSONResponse({"status": "no release"}, 503, NOT_KEPT | TRY_AGAIN)
    except Tampered:
        return JSONResponse({"status": "tampered"}, 503, NOT_KEPT | TRY_AGAIN)
    except databases.Unavailable:
        return JSONResponse({"status": "unavailable"}, 503, NOT_KEPT | TRY_AGAIN)
    assert current is not None  # noqa: S101  # else the session had been refused
    found = {"status": "ok", "release": current.digest, "version": current.version}
    return JSONResponse(found, headers=NOT_KEPT)
