"""A Result as a study of a support assistant might give it; figures invented for the report's own tests."""

# ruff: noqa: E501  sentences of the document stand on one line

import math
from datetime import UTC, date, datetime
from typing import Any

from steelyard.domain.claims import GateFinding
from steelyard.domain.result import (
    AssumptionRow,
    Baseline,
    BaselineLine,
    BillLine,
    BreakEven,
    Flip,
    FrameworkView,
    Measurement,
    OptimizeFirst,
    OptionResult,
    Payback,
    PlanStep,
    QuestionView,
    Receipt,
    Result,
    ServingPlan,
    Spread,
    SweepPoint,
    TuningView,
)
from steelyard.domain.traffic import JointHistogram, ModelTraffic, Profile, Quantiles, RowCounts, TokenTotals

MONTHS = 36
REQUESTS = 12_400_000.0
MONTHLY_DISCOUNT = 1.1 ** (1 / 12)
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\" onload='x' {{7*7}} </style></title></svg>"
RULE = "Build vs. Buy: Making the right call on your AI stack, 15 January 2026"


def present(by_month: tuple[float, ...]) -> float:
    return sum(usd / MONTHLY_DISCOUNT ** (m + 0.5) for m, usd in enumerate(by_month))


def line(id_: str, label: str, group: str, first: float, growth: float = 0.0, once: float = 0.0) -> BillLine:
    months = tuple((once if m == 0 else 0.0) + first * (1 + growth) ** m for m in range(MONTHS))
    return BillLine(id=id_, label=label, group=group, usd_per_month=months, npv_usd=present(months))


def spread(mean: float, sd: float) -> Spread:
    return Spread(p10=mean - 1.28 * sd, p50=mean * 0.985, p90=mean + 1.28 * sd, mean=mean)


def saving(mean: float, sd: float) -> Spread:
    return Spread(p10=mean - 1.28 * sd, p50=mean + 0.02 * sd, p90=mean + 1.28 * sd, mean=mean)


def option(id_: str, label: str, kind: Any, lines: tuple[BillLine, ...], **more: Any) -> OptionResult:
    months = tuple(math.fsum(bill.usd_per_month[m] for bill in lines) for m in range(MONTHS))
    cost = math.fsum(bill.npv_usd for bill in lines)
    return OptionResult(
        id=id_, label=label, kind=kind, feasible=more.pop("feasible", True), lines=lines,
        npv_cost_usd=spread(cost, 0.16 * cost), cost_usd_per_month=months,
        usd_per_request=cost / (REQUESTS * 29.9), levelized_cost_usd_per_mtok=cost / (REQUESTS * 29.9 * 0.00112),
        cvar90_usd=1.31 * cost, **more,
    )  # fmt: skip


def hours() -> tuple[float, ...]:
    shape = [0.25 + max(0.0, math.sin((h % 24 - 6) / 14 * math.pi)) * (1.0 if h < 120 else 0.35)
             if 6 <= h % 24 <= 20 else 0.25 for h in range(168)]  # fmt: skip
    mean = REQUESTS / (730.5 * 3600)
    return tuple(mean * s / (sum(shape) / 168) for s in shape)


def profile() -> Profile:
    joint = JointHistogram(input_edges=(0, 512, 4096), output_edges=(1, 128, 1024), counts=((60.0, 20.0), (15.0, 5.0)),
                           input_sums=((18e3, 7e3), (22e3, 9e3)), output_sums=((4e3, 6e3), (9e2, 21e2)))  # fmt: skip
    tokens = TokenTotals(uncached_input=7.1e9, cache_read=4.4e9, output=1.8e9)
    return Profile(
        source="log", formats=("litellm-spendlogs",), rows=RowCounts(read=204_118, used=203_904, set_aside={"failed": 214}),
        start=datetime(2026, 10, 5, tzinfo=UTC), end=datetime(2026, 11, 2, tzinfo=UTC), span_s=28 * 86400.0,
        requests=203_904, requests_per_month=REQUESTS, tokens=tokens,
        models=(ModelTraffic(model="gpt-5.4-mini", requests=180_000, tokens=tokens),), hour_of_week_rps=hours(),
        shape_source="measured", peak_to_mean_per_minute=3.4, inter_arrival_cv=1.6,
        input_tokens=Quantiles(p50=912, p90=2840, p95=3610, p99=7420, max=31_204, mean=1044.0),
        output_tokens=Quantiles(p50=142, p90=388, p95=501, p99=940, max=4096, mean=171.0),
        joint=joint, joint_measured=True, cached_fraction=0.38, failed_fraction=0.00105,
        warnings=("The log covers four weeks; a month is scaled from 28 days.",),
    )  # fmt: skip


def serving(model: str, accelerator: str, goodput: float) -> ServingPlan:
    load = hours()
    return ServingPlan(
        model=model, accelerator=accelerator, precision="fp8", tp=2, pp=1, ep=1, gpus_per_replica=2,
        replicas_peak=float(math.ceil(max(load) / goodput) + 1),
        replicas_by_hour=tuple(float(math.ceil(rps / goodput) + 1) for rps in load), goodput_rps=goodput,
        ttft_p95_s=0.84, tpot_p95_s=0.031, utilization_fraction=0.37,
        start_command=f"vllm serve {model} --tensor-parallel-size 2 --quantization fp8",
    )  # fmt: skip


def payback(final: float, steep: float, p50: float | None) -> Payback:
    odds = tuple(final / (1 + math.exp(-(m - 20) * steep)) for m in range(1, MONTHS + 1))
    return Payback(prob_within_horizon=odds[-1], prob_by_month=odds, p50_months=p50)


def options() -> tuple[OptionResult, ...]:
    blocked = GateFinding(gate="data", answer="blocked", rule="Your policy says PHI stays in the United States")
    conditional = GateFinding(gate="quality", answer="possible if you can show", rule="Your policy says quality at least today's",
                              condition="your own paired evaluation puts it no more than 2 points behind")  # fmt: skip
    clear = GateFinding(gate="data", answer="no blocking rule found", rule="HIPAA allows it under a signed agreement")
    api_small = option("api-small", "OpenAI gpt-5.4-nano, cached, batch for nightly", "buy_api",
                       (line("tokens", "Tokens at list price", "tokens", 14_800, 0.03),
                        line("evaluation", "Evaluation and migration", "once", 0, once=26_000.0)),
                       saving_vs_today_usd=saving(702_000, 160_000), saving_vs_best_bought_usd=saving(0, 0), p_best=0.61,
                       expected_regret_usd=41_000.0, gates=(clear, conditional),
                       allowed_if=("your own paired evaluation puts it no more than 2 points behind",),
                       quality="Not distinguishable on public evidence from what runs today.")  # fmt: skip
    rented = option("rented-qwen", "Self-host Qwen3 32B on 4 rented H100", "self_host_rented",
                    (line("gpu", "GPU hours, 1-year term", "compute", 11_900, 0.012),
                     line("people", "Platform engineers, half of one", "people", 11_400, 0.0025),
                     line("build", "Building the stack", "once", 0, once=148_000.0),
                     line("egress", "Network", "network", 240, 0.03)),
                    saving_vs_today_usd=saving(304_000, 290_000), saving_vs_best_bought_usd=saving(-398_000, 210_000), p_best=0.17,
                    expected_regret_usd=412_000.0, payback=payback(0.21, 0.22, None), slo="met", gates=(clear,),
                    serving=serving("Qwen/Qwen3-32B", "h100-sxm", 4.2),
                    plan=(PlanStep(month=1, action="Rent 4 H100 for a year", units=4.0), PlanStep(month=13, action="Rent 6 H100 for a year", units=6.0)))  # fmt: skip
    owned = option("owned-qwen", "Self-host Qwen3 32B on 8 owned H100 in colocation", "self_host_owned",
                   (line("server", "Server with 8 H100", "capital", 0, once=262_000.0),
                    line("space", "Colocation", "space", 2_100), line("power", "Power", "power", 1_050, 0.002),
                    line("people", "Platform engineers, one", "people", 22_800, 0.0025),
                    line("resale", "Resale of the server", "capital", 0, once=-58_000.0)),
                   saving_vs_today_usd=saving(-88_000, 310_000), saving_vs_best_bought_usd=saving(-790_000, 260_000), p_best=0.06,
                   expected_regret_usd=803_000.0, capex_usd=262_000.0, payback=payback(0.08, 0.2, None), slo="met", gates=(clear,),
                   serving=serving("Qwen/Qwen3-32B", "h100-sxm", 4.2),
                   plan=(PlanStep(month=1, action="Buy one server with 8 H100", units=8.0),))  # fmt: skip
    today = option("today", "Today: OpenAI gpt-5.4-mini as it runs", "keep_today", (line("tokens", "Tokens at list price", "tokens", 35_900, 0.0272),),
                   saving_vs_today_usd=saving(0, 0), saving_vs_best_bought_usd=saving(-702_000, 160_000), p_best=0.02,
                   expected_regret_usd=744_000.0, gates=(clear,))  # fmt: skip
    hosted = option("hosted-qwen", "Hosted open weights: Qwen3 32B at a US endpoint", "buy_hosted_open_weights",
                    (line("tokens", "Tokens at list price", "tokens", 16_900, 0.03), line("evaluation", "Evaluation and migration", "once", 0, once=48_000.0)),
                    saving_vs_today_usd=saving(602_000, 190_000), saving_vs_best_bought_usd=saving(-101_000, 120_000), p_best=0.14,
                    expected_regret_usd=131_000.0, gates=(clear, conditional))  # fmt: skip
    tuned = option("tuned-nano", "Fine-tuned small model at the vendor", "fine_tune_managed",
                   (line("tokens", "Tokens at tuned price", "tokens", 22_300, 0.03), line("tuning", "Training runs and labels", "once", 0, once=63_000.0)),
                   saving_vs_today_usd=saving(371_000, 200_000), saving_vs_best_bought_usd=saving(-331_000, 150_000), p_best=0.0,
                   expected_regret_usd=377_000.0, gates=(clear,),
                   tuning=TuningView(method="managed", base="gpt-5.4-nano", months=(1, 13, 25), cost_usd={"tuning": 63_000.0},
                                     index_points_needed=3.5, against="api-small", extra_usd=331_000.0,
                                     worth_usd_per_request=0.0009, success_uplift_needed=0.021))  # fmt: skip
    abroad = OptionResult(id="api-abroad", label="DeepSeek V3.2 at its own endpoint", kind="buy_api", feasible=False,
                          excluded_by=("Your policy says PHI stays in the United States",), gates=(blocked,))  # fmt: skip
    short = OptionResult(id="api-short", label="Budget model with a 4 k context", kind="buy_api", feasible=False,
                         excluded_by=("Context of 4,096 tokens is below the longest request, 31,204 tokens",))  # fmt: skip
    return (api_small, hosted, tuned, rented, today, owned, abroad, short)


def sweep() -> tuple[SweepPoint, ...]:
    volumes = [10 ** (5.5 + 0.125 * k) for k in range(25)]
    return tuple(SweepPoint(at=v, npv_cost_usd={"api-small": 26e3 + 0.0615 * v, "hosted-qwen": 48e3 + 0.0702 * v,
                                                "rented-qwen": 560e3 + 0.02793 * v, "owned-qwen": 905e3 + 0.0112 * v,
                                                "today": 0.148 * v}) for v in volumes)  # fmt: skip


def flips() -> tuple[Flip, ...]:
    return (
        Flip(input="Requests a month", unit="requests/month", from_=REQUESTS, at=15.9e6, to_option="rented-qwen", distance_in_sd=1.4,
             sentence="From 15.9 M requests a month, rented GPUs cost less.", low_usd=612e3, high_usd=-38e3),
        Flip(input="API price change per year", unit="1/a", from_=-0.28, at=0.04, to_option="rented-qwen", distance_in_sd=2.1,
             sentence="If API prices rose 4 % a year instead of falling, rented GPUs would win.", low_usd=520e3, high_usd=122e3),
        Flip(input="Loaded cost of a platform engineer", unit="USD/a", from_=268_000.0, at=71_000.0, to_option="rented-qwen", distance_in_sd=4.9,
             sentence="Engineers would have to cost $71 k a year for rented GPUs to win.", low_usd=447e3, high_usd=341e3),
        Flip(input="Output tokens per request", unit="token", from_=171.0, at=None, to_option=None, distance_in_sd=None,
             sentence="No length of answer between 40 and 700 tokens changes the verdict.", low_usd=352e3, high_usd=461e3),
    )  # fmt: skip


def assumptions() -> tuple[AssumptionRow, ...]:
    return (
        AssumptionRow(name="Price of gpt-5.4-nano, input", value="0.20", unit="USD/Mtok", source="OpenAI price page", url="https://platform.openai.com/docs/pricing",
                      as_of=date(2026, 11, 2), age_days=18, grade="primary", moves_verdict=True),
        AssumptionRow(name="Rent of an H100, 1-year term", value="2.19", unit="USD/(device h)", source="Seller's offer page", url="https://example.com/gpu",
                      as_of=date(2026, 8, 14), age_days=98, grade="primary", moves_verdict=True),
        AssumptionRow(name="Loaded cost of a platform engineer", value="220 k to 320 k", unit="USD/a", source="your study", url=None,
                      as_of=None, age_days=None, grade="user"),
        AssumptionRow(name="Industrial power", value="0.083", unit="USD/kWh", source="US EIA, monthly", url="https://www.eia.gov/electricity/",
                      as_of=date(2026, 9, 1), age_days=80, grade="secondary"),
    )  # fmt: skip


def questions() -> tuple[QuestionView, ...]:
    return (
        QuestionView(id="q1", question="Does the data legally need to stay on-premises?", answer="no", stated_by_user=True,
                     rule_of_thumb="No constraint from this question.", rule_source=RULE, finding="HIPAA does not demand own premises; 6 of 8 options are allowed, 2 under conditions.",
                     agrees_with_rule=True, evidence=("45 CFR 164.502(e) through a business associate agreement",)),
        QuestionView(id="q2", question="Is there unique training data that others cannot access?", answer="yes", stated_by_user=True,
                     rule_of_thumb="Fine-tune; consider whether full training is needed.", rule_source=RULE,
                     finding="Managed tuning costs $331 k more than the best bought option and pays only if it saves one request in nine.", agrees_with_rule=False),
        QuestionView(id="q3", question="Is inference the first operating expense at this scale?", answer="no", stated_by_user=False,
                     rule_of_thumb="No constraint from this question.", rule_source=RULE, finding="Inference is 4.8 % of operating expense; break-even lies at 15.9 M requests a month, not 50 M.",
                     agrees_with_rule=True, evidence=("$36 k a month of $750 k",)),
        QuestionView(id="q4", question="Is the model itself the core differentiator?", answer="no", stated_by_user=True,
                     rule_of_thumb="Buy, integrate, ship faster.", rule_source=RULE, finding="Ownership costs $22 k a month beyond the best bought option.", agrees_with_rule=True),
    )  # fmt: skip


def example_result(**changes: Any) -> Result:
    """A decided study: eight options, two excluded, 36 months, every part of the document filled."""
    found = options()
    by_id = {o.id: o for o in found}

    def base(id_: str) -> BaselineLine:
        cost = by_id[id_].npv_cost_usd
        assert cost is not None
        return BaselineLine(option=id_, npv_cost_usd=cost, usd_per_month_now=by_id[id_].cost_usd_per_month[0])

    fields: dict[str, Any] = {
        "study": "support-assistant", "as_of": date(2026, 11, 20), "horizon_months": MONTHS, "verdict": "buy_api", "verdict_option": "api-small",
        "confidence": 0.81, "materiality_usd": 12_900.0,
        "reason": "A smaller model of the same vendor with cached prompts serves this traffic for $700 k less than today, and no GPU plan comes near at 12.4 M requests a month.",
        "framework": FrameworkView(
            says=("Q2: fine-tune; consider whether full training is needed.", "Q4: buy, integrate, ship faster."), governing="q2",
            figures_say="Buy the small API model; fine-tuning would cost $331 k more over 36 months.",
            why="Exclusive data argues for tuning, but public evidence shows no gap that tuning would close, so its cost buys nothing yet.", agrees=False),
        "baseline": Baseline(today=base("today"), best_bought=base("api-small")),
        "optimize_first": (
            OptimizeFirst(action="Cache the system prompt", saving_usd_per_month=6_900.0, effort="hours", risk="none if the prefix is stable", how="38 % of input tokens repeat a prefix"),
            OptimizeFirst(action="Send nightly jobs as a batch", saving_usd_per_month=3_400.0, effort="days", risk="answers within 24 hours", how="20 % of requests may wait"),
        ),
        "base_case": {"requests_per_month": REQUESTS, "npv_cost_usd.api-small": 7.4e5}, "questions": questions(), "options": found,
        "break_even": (BreakEven(quantity="requests per month", unit="requests/month", today=REQUESTS, values=(15.9e6,), between=("api-small", "rented-qwen"), sweep=sweep(),
                                 sentence="Renting GPUs costs the same as the best bought option at 15.9 M requests a month; this study has 12.4 M."),),
        "flips": flips(), "regret_usd": 41_000.0, "evpi_usd": 41_000.0,
        "value_of_information": (Measurement(input="Quality of the small model", worth_up_to_usd=29_000.0, measurement="A paired evaluation on 400 of your requests", cost_usd=4_500.0),),
        "not_considered": ("hybrid", "staged", "train"), "assumptions": assumptions(),
        "oldest_figure": "Rent of an H100, 1-year term, seen 2026-08-14 (98 days old)",
        "warnings": ("214 of 204,118 rows are failures and carry no tokens.", "Quality of 2 options is unknown: evaluate before moving."),
        "traffic": profile(),
        "receipt": Receipt(engine_version="0.1.0", seed=7, draws=2048, as_of=date(2026, 11, 20), study_sha256="3f" * 32, log_sha256={"usage-2026-10.jsonl": "ab" * 32},
                           facts_sha256="9c" * 32, overlay_sha256=None, command="steelyard decide study.yaml --seed 7 --as-of 2026-11-20"),
    }  # fmt: skip
    return Result(**(fields | changes))


def infeasible_result() -> Result:
    """No option passes: the binding rules are the message."""
    shut = tuple(
        o.model_copy(
            update={"feasible": False, "excluded_by": ("Your policy says nothing leaves the building",), "p_best": 0.0}
        )
        for o in options()
    )
    return example_result(verdict="infeasible", verdict_option=None, confidence=None, options=shut, flips=(), break_even=(), regret_usd=None, evpi_usd=None,
                          value_of_information=(), baseline=Baseline(today=None, best_bought=None), optimize_first=(), oldest_figure=None,
                          reason="Every option is excluded: your policy says nothing leaves the building, and no owned plan holds the SLO.")  # fmt: skip


def bare_result() -> Result:
    """As little as the schema allows."""
    return example_result(verdict="infeasible", verdict_option=None, confidence=None, options=(), flips=(), break_even=(), regret_usd=None, evpi_usd=None, questions=(),
                          value_of_information=(), baseline=Baseline(today=None, best_bought=None), optimize_first=(), oldest_figure=None, assumptions=(), warnings=(),
                          base_case={}, not_considered=())  # fmt: skip


def spoiled(words: str) -> Result:
    """Every free text of the example replaced."""
    r = example_result()
    options = tuple(
        o.model_copy(update={
            "label": words, "allowed_if": (words,), "excluded_by": (words,), "quality": words, "notes": (words,),
            "lines": tuple(b.model_copy(update={"label": words, "group": words, "formula": words}) for b in o.lines),
            "plan": tuple(p.model_copy(update={"action": words}) for p in o.plan),
            "gates": tuple(g.model_copy(update={"rule": words, "condition": words}) for g in o.gates),
            "serving": o.serving.model_copy(update={"model": words, "accelerator": words, "start_command": words}) if o.serving else None,
        }) for o in r.options)  # fmt: skip
    return r.model_copy(update={
        "study": words, "reason": words, "options": options, "oldest_figure": words, "warnings": (words,), "not_considered": (words,), "currency": words,
        "framework": r.framework.model_copy(update={"says": (words,), "figures_say": words, "why": words}),
        "questions": tuple(q.model_copy(update={"question": words, "finding": words, "rule_of_thumb": words, "rule_source": words, "evidence": (words,)}) for q in r.questions),
        "flips": tuple(f.model_copy(update={"input": words, "unit": words, "sentence": words}) for f in r.flips),
        "break_even": tuple(b.model_copy(update={"quantity": words, "unit": words, "sentence": words}) for b in r.break_even),
        "assumptions": tuple(a.model_copy(update={"name": words, "value": words, "unit": words, "source": words, "url": words, "grade": words}) for a in r.assumptions),
        "optimize_first": tuple(s.model_copy(update={"action": words, "risk": words, "how": words}) for s in r.optimize_first),
        "value_of_information": tuple(m.model_copy(update={"input": words, "measurement": words}) for m in r.value_of_information),
        "receipt": r.receipt.model_copy(update={"command": words, "log_sha256": {words: words}, "engine_version": words}),
        "traffic": r.traffic.model_copy(update={"formats": (words,), "shape_source": words, "warnings": (words,)}),
    })  # fmt: skip
