"""Every setting, its default and one sentence on it; and where the project's own folders are."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """Where `seed`, `templates`, `static` or `locale` is: inside an installed wheel, else in the checkout."""
    installed = PACKAGE / "_data" / name
    return installed if installed.is_dir() else PACKAGE.parent / name


class Settings(BaseSettings):
    """Read from the environment once, by whoever starts the program, and handed to `create_app`."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore")

    database_url: str | None = Field(
        default=None,
        description="Where releases are kept: `sqlite:////path/file.db` or `postgresql://…`. "
        "Without it the packaged dataset is served from a private embedded database.",
    )
    host: str = Field(default="127.0.0.1", description="Address the server listens on.")
    port: int = Field(
        default=8000, ge=0, le=65535, description="Port the server listens on; 0 picks a free one."
    )
