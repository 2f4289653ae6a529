"""Every setting, its default and one sentence on it."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

RIGHT = {
    "metrics": "an address and a port for this machine alone, such as 127.0.0.1:9100",
    "workers": "a number from 1 to 64",
    "port": "a number from 0 to 65535",
    "contact": "an e-mail address, or the address of a page that begins with https:// or http://",
    "public_url": "https:// or http:// and a host, with no path after it, such as https://derek.example",
}
"""What a setting may be, for whoever wrote something else."""


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
    workers: int = Field(
        default=1, ge=1, le=64, description="Processes that serve; one that dies is replaced."
    )
    metrics: str = Field(
        default="",
        pattern=r"^$|^[^\s:]+:\d{1,5}$",
        description="Where `/metrics` is answered for Prometheus, such as `127.0.0.1:9100`; nowhere without it.",
    )
    contact: str = Field(
        default="",
        pattern=r"^$|^https?://\S+$|^[^@\s]+@[^@\s]+$",
        description="Where readers report an error: an e-mail address or the address of a page. "
        "Without it pages point to the corrections policy.",
    )
    public_url: str = Field(
        default="",
        pattern=r"^$|^https?://[^\s/?#]+/?$",
        description="How the site is reached from outside, such as `https://derek.example`, for the addresses in "
        "sitemap, feed, citations, embeds and pictures of links. Without it `http://HOST:PORT`.",
    )

    @property
    def origin(self) -> str:
        """The beginning of addresses that other sites read off a page; empty where the site's own is not known."""
        return self.public_url.rstrip("/")

    @property
    def base(self) -> str:
        """The beginning of every absolute address, without a slash at its end."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104  # no place to go to
        return self.origin or f"http://{host}:{self.port}"
