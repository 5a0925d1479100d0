"""``steelyard mcp``: tools for a coding assistant, over standard input and output."""

import importlib.util

import click

from steelyard.errors import Fault, OutputError

__all__ = ["command"]


@click.command("mcp", short_help="Answer a coding assistant over standard input and output.")
def command() -> None:
    r"""Serve the Model Context Protocol over standard input and output, for a coding assistant to start.

    Tools: decide, profile, size, explain_assumption, flip_points; each answers with typed results. Everything runs on
    this machine: no network is used, paths that the assistant names are read only where they are ordinary files, and
    no file is written but Steelyard's own cache. Needs the extra [mcp].

    \b
    Examples:
      steelyard mcp                                            # an assistant starts this; it waits for messages
      assistant configuration:
        {"mcpServers": {"steelyard": {"command": "steelyard", "args": ["mcp"]}}}
    """
    if importlib.util.find_spec("mcp") is None:
        raise OutputError(Fault("the assistant server was asked for and the package mcp is not installed", "mcp",
                                "the extra [mcp]", "Run pip install 'steelyard[mcp]'"))  # fmt: skip
    from steelyard.mcp.server import build_server  # noqa: PLC0415  an extra, loaded only here

    build_server().run()
