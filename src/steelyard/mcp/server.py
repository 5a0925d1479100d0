"""The server: five tools over standard input and output, each a public function of Steelyard."""

import functools
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, TypeVar

import anyio
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from steelyard import __version__
from steelyard.domain.accelerator import Precision
from steelyard.errors import SteelyardError
from steelyard.mcp.answers import Chain, DecisionBrief, FlipPoints, chain_of
from steelyard.mcp.asked import Decisions, StudyAsked, today
from steelyard.mcp.files import ordinary_files
from steelyard.study.log_document import LogProfile
from steelyard.study.size import Size

__all__ = ["build_server"]

R = TypeVar("R")
ABOUT = (
    "Steelyard decides build or buy for AI workloads: a managed API, hosted open weights, rented or owned GPUs. "
    "Ask decide with the organisation's own traffic; show the verdict with the two reference lines, what the framework "
    "says beside what the figures say, and the warnings. flip_points says what would change it; explain_assumption "
    "leads a number to its dated sources. Equal quality is screened, never certified; nothing is legal advice. "
    "Everything runs on this machine: no network, no prompt text is read, no file is written."
)
READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
AS_OF = Field(description="Day of the facts, YYYY-MM-DD since 2023-07; today where absent.")
SEED = Field(description="Seed of every draw.", ge=0)
DRAWS = Field(description="Number of draws; the usual number where absent.", ge=2, le=1_000_000)
PATHS = Field(description="Paths of usage logs on this machine; only ordinary files are read, never prompt text.")
FORMAT = Field(description="Format to force; recognised by itself where absent.")
MODEL = Field(description="Open-weight model, such as llama-3.3-70b.")
TTFT = Field(description="Time to first token, 95th percentile: '1.5s'.")
TPOT = Field(description="Time per output token, 95th percentile: '50ms'.")
RATE = Field(description="Requests per second in the busiest hour, without a log.")
INPUTS = Field(description="Mean input tokens a request, or '{p50: 900, p95: 4k}'.")
OUTPUTS = Field(description="Mean output tokens a request, reasoning included.")
ACCELERATOR = Field(description="One accelerator, such as h100-sxm; all on offer where absent.")
NAME = Field(description="A name among a decision's assumptions, a model, an accelerator, a figure such as "
                         "power.us_industrial_usd_per_kwh, or ENTRY.FIELD.")  # fmt: skip


class Tools:
    """What an assistant may call; every method is one tool, its docstring what the assistant reads."""

    def __init__(self) -> None:
        """Start with nothing decided; calls run one at a time."""
        self._decisions = Decisions()
        self._one_at_a_time = threading.Lock()

    async def decide(
        self, study: StudyAsked, ctx: Context, as_of: Annotated[date | None, AS_OF] = None,
        seed: Annotated[int, SEED] = 0, draws: Annotated[int | None, DRAWS] = None,
    ) -> DecisionBrief:  # fmt: skip
        """Decide how an AI workload should run: keep, buy an API or hosted open weights, rent or own GPUs."""
        run = functools.partial(self._decisions.of, study, seed=seed, as_of=as_of, draws=draws, say=_teller(ctx))
        return DecisionBrief.of(await self._worked(run))

    async def flip_points(
        self, study: StudyAsked, ctx: Context, as_of: Annotated[date | None, AS_OF] = None,
        seed: Annotated[int, SEED] = 0, draws: Annotated[int | None, DRAWS] = None,
    ) -> FlipPoints:  # fmt: skip
        """Say at which volume, price or other input another option wins, and what measuring it is worth."""
        run = functools.partial(self._decisions.of, study, seed=seed, as_of=as_of, draws=draws, say=_teller(ctx))
        return FlipPoints.of(await self._worked(run))

    async def profile(
        self, logs: Annotated[list[str], PATHS], ctx: Context, log_format: Annotated[str | None, FORMAT] = None,
        as_of: Annotated[date | None, AS_OF] = None,
    ) -> LogProfile:  # fmt: skip
        """Say what usage logs hold: requests a month, tokens, hours of the week, lengths, bursts, list price."""
        return await self._worked(functools.partial(_profile, logs, log_format, as_of, _teller(ctx)))

    async def size(
        self, model: Annotated[str, MODEL], ttft_p95: Annotated[str, TTFT], tpot_p95: Annotated[str, TPOT],
        ctx: Context, logs: Annotated[list[str] | None, PATHS] = None, rate: Annotated[str | None, RATE] = None,
        input_tokens: Annotated[str | None, INPUTS] = None, output_tokens: Annotated[str | None, OUTPUTS] = None,
        accelerator: Annotated[str | None, ACCELERATOR] = None, precision: Precision | None = None,
        as_of: Annotated[date | None, AS_OF] = None,
    ) -> Size:  # fmt: skip
        """Say how many accelerators hold a traffic at its latency promises, and what they cost, cheapest first."""
        run = functools.partial(
            _size, model, (ttft_p95, tpot_p95), logs=logs or [], stated=(rate, input_tokens, output_tokens),
            only=(accelerator, precision), as_of=as_of, say=_teller(ctx),
        )  # fmt: skip
        return await self._worked(run)

    async def explain_assumption(
        self, name: Annotated[str, NAME], as_of: Annotated[date | None, AS_OF] = None
    ) -> Chain:
        """Say where a number comes from: value, interval, how it is derived, and each dated source behind it."""
        return await self._worked(functools.partial(_explained, name, as_of))

    async def _worked(self, run: Callable[[], R]) -> R:
        """Return what a blocking function returns, beside the loop; faults of the input go to the assistant."""

        def guarded() -> R:
            with self._one_at_a_time:
                return run()

        try:
            return await anyio.to_thread.run_sync(guarded)
        except SteelyardError as error:
            raise ToolError(str(error)) from None


def build_server() -> MCPServer:
    """Return the server with its tools; nothing runs yet."""
    server = MCPServer("steelyard", title="Steelyard", instructions=ABOUT, version=__version__, log_level="WARNING",
                       subscriptions=False)  # fmt: skip
    tools = Tools()
    for title, tool in (
        ("Decide build or buy", tools.decide), ("What would change the decision", tools.flip_points),
        ("Profile usage logs", tools.profile), ("Size machines for a model", tools.size),
        ("The chain behind a number", tools.explain_assumption),
    ):  # fmt: skip
        server.add_tool(tool, title=title, annotations=READS)
    return server


def _teller(ctx: Context) -> Callable[[str], None]:
    """Return a function that reports progress from the working thread, in steps and words."""
    steps = iter(range(1, 1_000_000))

    def tell(words: str) -> None:
        anyio.from_thread.run(functools.partial(ctx.report_progress, next(steps), message=words))

    return tell


def _profile(logs: list[str], log_format: str | None, as_of: date | None, say: Callable[[str], None]) -> LogProfile:
    from steelyard.study.api import profile  # noqa: PLC0415  heavy: only when profiling

    return profile(ordinary_files(logs), log_format=log_format, as_of=as_of, progress=say)


def _size(
    model: str, promises: tuple[str, str], *, logs: list[str], stated: tuple[str | None, str | None, str | None],
    only: tuple[str | None, Precision | None], as_of: date | None, say: Callable[[str], None],
) -> Size:  # fmt: skip
    from steelyard.facts import load_catalogue  # noqa: PLC0415  heavy: only when sizing
    from steelyard.facts.overlay import overlay_folders  # noqa: PLC0415
    from steelyard.study.size import size_model  # noqa: PLC0415
    from steelyard.study.size_traffic import logged_traffic, stated_traffic  # noqa: PLC0415
    from steelyard.study.size_traffic import promises as slo_of  # noqa: PLC0415

    slo = slo_of(*promises)
    files, given = ordinary_files(logs), [value or "" for value in stated]
    profile, trace = logged_traffic(list(files), say) if files else (stated_traffic(*given), None)
    catalogue = load_catalogue(as_of or today(), overlay_folders(Path()))
    return size_model(model, profile, slo, catalogue, accelerator=only[0], precision=only[1], trace=trace,
                      progress=say)  # fmt: skip


def _explained(name: str, as_of: date | None) -> Chain:
    from steelyard.facts import load_catalogue  # noqa: PLC0415  heavy: only when asked
    from steelyard.facts.origins import Origins  # noqa: PLC0415
    from steelyard.facts.overlay import overlay_folders  # noqa: PLC0415
    from steelyard.facts.provenance import explain  # noqa: PLC0415

    day, folders = as_of or today(), overlay_folders(Path())
    return chain_of(name, day, explain(load_catalogue(day, folders), name, Origins(folders)))
