"""The assistant tools over standard input and output, asked by the package's own client."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

pytest.importorskip("mcp", reason="needs the extra [mcp]")

from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp_types import CallToolResult

from steelyard.cli import main

ROOT = Path(__file__).parents[2]
DAY = "2026-11-23"
SITUATION = {"requests_per_month": "200k", "input_tokens": "1200", "output_tokens": "250", "horizon": "12 months",
             "today": "openai/gpt-5.4-mini", "must_stay": "no", "exclusive_data": "no", "model_is_product": "no",
             "engineers": "0"}  # fmt: skip
TOOLS = {"decide", "profile", "size", "explain_assumption", "flip_points"}


def talk(session: Callable[[Client], Awaitable[Any]], home: Path) -> Any:
    """Start the server in a folder of its own, let a session talk to it, and return what the session returns."""
    caches = {k: os.environ[k] for k in ("XDG_CACHE_HOME", "NUMBA_CACHE_DIR", "PYTHONPATH", "HOME") if k in os.environ}
    server = StdioServerParameters(command=sys.executable, args=["-m", "steelyard", "mcp"], cwd=home,
                                   env={**caches, "XDG_DATA_HOME": str(home / "data")})  # fmt: skip

    async def connected() -> Any:
        async with Client(server) as client:
            return await session(client)

    return asyncio.run(connected())


def answer(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


def said(result: CallToolResult) -> str:
    assert result.is_error
    return "".join(getattr(part, "text", "") for part in result.content)


def test_five_tools_with_typed_arguments_and_answers_that_only_read(tmp_path: Path) -> None:
    async def session(client: Client) -> Any:
        return (await client.list_tools()).tools, client.instructions

    tools, instructions = talk(session, tmp_path)
    assert {tool.name for tool in tools} == TOOLS
    assert "never certified" in instructions
    for tool in tools:
        assert tool.description
        assert tool.output_schema["type"] == "object"
        assert tool.annotations.read_only_hint
        assert not tool.annotations.open_world_hint
        jsonschema.Draft202012Validator.check_schema(tool.input_schema)
        jsonschema.Draft202012Validator.check_schema(tool.output_schema)


def test_a_decision_its_flip_points_and_the_chain_behind_one_of_its_numbers(tmp_path: Path) -> None:
    told: list[str] = []

    async def progress(_done: float, _of: float | None, words: str | None) -> None:
        told.append(words or "")

    async def session(client: Client) -> Any:
        asked = {"study": SITUATION, "as_of": DAY, "draws": 64}
        schema = {tool.name: tool.output_schema for tool in (await client.list_tools()).tools}
        decision = answer(await client.call_tool("decide", asked, progress_callback=progress))
        flips = answer(await client.call_tool("flip_points", asked))
        chains = [answer(await client.call_tool("explain_assumption", {"name": name, "as_of": DAY}))
                  for name in decision["assumption_names"][:3]]  # fmt: skip
        return schema, decision, flips, chains

    schema, decision, flips, chains = talk(session, tmp_path)
    jsonschema.validate(decision, schema["decide"])
    jsonschema.validate(flips, schema["flip_points"])
    assert any("facts" in words for words in told)
    assert decision["verdict_option"] in {o["id"] for o in decision["options"] if o["feasible"]}
    assert (flips["verdict"], flips["verdict_option"]) == (decision["verdict"], decision["verdict_option"])
    assert flips["flips"]
    assert all("from" in flip for flip in flips["flips"])
    for chain in chains:
        assert chain["links"][0]["depth"] == 0
        assert any(link["sources"] for link in chain["links"])
    assert sorted(p.name for p in tmp_path.iterdir()) == []


def test_the_tool_says_what_the_command_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = tmp_path / "study.yaml"
    study.write_text((ROOT / "examples" / "startup" / "study.yaml").read_text(encoding="utf-8"), encoding="utf-8")

    async def session(client: Client) -> Any:
        return await client.call_tool("decide", {"study": {"study_file": str(study)}, "as_of": DAY, "draws": 32})

    tool = answer(talk(session, tmp_path))
    with pytest.raises(SystemExit):
        main(["decide", str(study), "--json", "--as-of", DAY, "--draws", "32"])
    document = json.loads(capsys.readouterr().out)
    assert tool["receipt"]["study_sha256"] == document["receipt"]["study_sha256"]
    for key in ("verdict", "verdict_option", "confidence", "reason", "framework", "baseline", "optimize_first"):
        assert tool[key] == document[key]
    assert [o["npv_cost_usd"] for o in tool["options"]] == [o["npv_cost_usd"] for o in document["options"]]


def test_a_log_is_profiled_and_a_model_sized(tmp_path: Path) -> None:
    log = tmp_path / "trace.csv"
    rows = (f"2026-11-02 00:{i // 60:02}:{i % 60:02}.0000000,{900 + i % 7},{100 + i % 5}" for i in range(600))
    log.write_text("TIMESTAMP,ContextTokens,GeneratedTokens\n" + "\n".join(rows) + "\n", encoding="utf-8")

    study = "study: x\nhorizon: 12 months\ntraffic:\n  log: ['tra*.csv']\ndata: {must_stay_on_premises: no}\n"
    asked = {"study": {"study_yaml": study}, "as_of": DAY, "draws": 16}

    async def session(client: Client) -> Any:
        decision = await client.call_tool("decide", asked)
        assert answer(decision)["options"]
        profile = await client.call_tool("profile", {"logs": [str(log)], "as_of": DAY})
        size = await client.call_tool("size", {
            "model": "llama-3.1-8b", "accelerator": "l4", "precision": "fp8", "rate": "0.2", "input_tokens": "500",
            "output_tokens": "50", "ttft_p95": "5s", "tpot_p95": "200ms", "as_of": DAY})  # fmt: skip
        return answer(profile), answer(size)

    profile, size = talk(session, tmp_path)
    assert profile["requests"] == 600
    assert profile["input_tokens"]["p50"] == pytest.approx(903, abs=1)
    assert size["candidates"][0]["accelerator"] == "l4"
    assert size["candidates"][0]["replicas"] >= 1


def test_only_ordinary_files_are_read_and_every_fault_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    piped = "study: x\ntraffic:\n  log: pipe\n"

    async def session(client: Client) -> Any:
        async def fault(tool: str, **arguments: Any) -> str:
            return said(await client.call_tool(tool, arguments))

        return [
            await fault("decide", study={"study_file": "/dev/zero"}),
            await fault("decide", study={"study_yaml": piped}),
            await fault("profile", logs=["pipe", "absent.csv", ".", "a\0b"]),
            await fault("decide", study={}),
            await fault("decide", study={**SITUATION, "study_yaml": "study: x"}),
            await fault("decide", study={**SITUATION, "requests_per_month": "many", "must_stay": "perhaps"}),
            await fault("decide", study={**SITUATION, "colour": "red"}),
            await fault("explain_assumption", name="h100-smx"),
            await fault("size", model="llama-3.1-8b", ttft_p95="soon", tpot_p95="50ms", rate="1"),
        ], answer(await client.call_tool("explain_assumption", {"name": "h100-sxm", "as_of": DAY}))

    told, still_there = talk(session, tmp_path)
    device, pipe, logs, none, both, values, key, name, promise = told
    assert "is not an ordinary file" in device
    assert "is not an ordinary file" in pipe
    assert all(words in logs for words in ("pipe", "absent.csv", "no such file", "'.'"))
    assert "in none or several ways" in none
    assert "in none or several ways" in both
    assert "many" in values
    assert "perhaps" in values
    assert "colour" in key
    assert "h100-sxm" in name
    assert "soon" in promise
    assert still_there["links"][0]["name"] == "h100-sxm"
    assert "Traceback" not in "".join(told)


def test_without_the_package_the_command_says_which_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name, package=None: None)
    with pytest.raises(SystemExit) as left:
        main(["mcp"])
    assert left.value.code == 2
    assert "pip install 'steelyard[mcp]'" in capsys.readouterr().err
