"""``steelyard serve``: pages and an HTTP API on this machine."""

import logging
import secrets
import time
from importlib.util import find_spec

import click

__all__ = ["command"]

_NEEDS = ("fastapi", "uvicorn", "python_multipart")
_DEFAULT_PORT = 8737
_LEAST_TOKEN = 16
_MEBIBYTE = 1 << 20


@click.command("serve", short_help="Explore in a browser; ask over HTTP.")
@click.option("--host", metavar="ADDRESS", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", metavar="N", type=click.IntRange(0, 65_535), default=_DEFAULT_PORT, show_default=True,
              help="Port to listen on; 0 takes a free one.")  # fmt: skip
@click.option("--allow-host", "hosts", metavar="NAME", multiple=True, help="A name the server is asked for as, too.")
@click.option("--token", metavar="TOKEN", envvar="STEELYARD_TOKEN",
              help="What a visitor must show; beyond this machine one is made where none is given.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes that compute.")
@click.option("--max-upload-mib", metavar="N", type=click.IntRange(1, 1_000_000), default=1024, show_default=True,
              help="Largest upload.")  # fmt: skip
@click.option("--log/--no-log", "logged", default=False, show_default=True,
              help="Print a line a request, without queries or tokens.")  # fmt: skip
def command(
    host: str, port: int, hosts: tuple[str, ...], token: str | None, workers: int, max_upload_mib: int, logged: bool
) -> None:
    r"""Serve pages and an HTTP API on this machine: start, study, traffic, options, serving, compare, assumptions.

    Nothing is loaded from elsewhere and nothing leaves the machine. Uploads are profiled and deleted; what a session
    holds goes when it ends. Beyond this machine (--host 0.0.0.0) every visitor must show a token.

    \b
    Examples:
      steelyard serve
      steelyard serve --port 0
      steelyard serve --host 0.0.0.0 --allow-host steelyard.example.internal
    """
    began = time.monotonic()
    _require_extra()
    from steelyard.web.server import bound_socket, serve  # noqa: PLC0415  heavy: only when serving
    from steelyard.web.settings import Settings, is_loopback  # noqa: PLC0415

    if token is not None and len(token) < _LEAST_TOKEN:
        raise click.UsageError(f"--token: at least {_LEAST_TOKEN} characters. Leave it out, and one is made.")
    shown = token or (None if is_loopback(host) else secrets.token_urlsafe(24))
    settings = Settings(host=host, port=port, token=shown, allowed_hosts=hosts, workers=workers,
                        max_upload_bytes=max_upload_mib * _MEBIBYTE)  # fmt: skip
    listening = bound_socket(settings)
    if logged:
        logging.basicConfig(format="%(asctime)s %(message)s")
    name = f"[{host}]" if ":" in host else host
    address = f"http://{name}:{listening.getsockname()[1]}/"
    click.echo(f"Steelyard listens on {address}{f'?token={shown}' if shown else ''}")
    click.echo(f"HTTP API: {address}api/docs   Ready in {time.monotonic() - began:.1f} s. Stop with Ctrl-C.")
    serve(settings, listening)


def _require_extra() -> None:
    """Say what to install where the extra is missing."""
    missing = [name for name in _NEEDS if find_spec(name) is None]
    if missing:
        raise click.ClickException(f"`steelyard serve` needs {', '.join(missing)}: pip install 'steelyard[web]'")
