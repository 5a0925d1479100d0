# ruff: noqa: S608  the query is made of this file's own constants
"""vLLM's /metrics page (Prometheus text): counters since the start of the process, one scrape a file or several.

``prompt_tokens`` includes prefix-cache hits. The span is from ``process_start_time_seconds`` (else from when the
counter was made, which clients export as ``_created``) to the time of the scrape: the sample's own where it has one,
else the file's modification time, so keep it when copying. A sample's time, or the first sample's return, tells the
scrapes of one file apart. Of several scrapes of one process the last one counts.
Counters that fell since an earlier scrape have reset and say nothing of the time before.
"""

from steelyard.ingest.log_format import FileHead, LogFormat

__all__ = ["PLUGIN"]


def _matches(head: FileHead) -> bool:
    return head.kind == "text" and "vllm:" in head.text and "_total" in head.text


_BEGINNINGS = "'process_start_time_seconds', 'vllm:prompt_tokens_created'"
"""Say since when the counters after them run."""


def _counter(name: str, label: str = "") -> str:
    return f"sum(amount) FILTER (WHERE metric = 'vllm:{name}' AND contains(labels, '{label}'))"


PLUGIN = LogFormat(
    name="vllm_metrics",
    title="vLLM Prometheus metrics",
    grain="aggregate",
    matches=_matches,
    fields=("content",),
    mode="text",
    rows=rf"""(WITH lines AS (
            SELECT file, scraped, place,
                regexp_extract(line, '^([A-Za-z_:]+)(\{{.*\}})? ([0-9.eE+-]+)(?: ([0-9]{{13}}))?',
                    ['metric', 'labels', 'amount', 'at_ms']) AS part
            FROM (SELECT filename AS file, last_modified AS scraped, unnest(string_split(content, chr(10))) AS line,
                    generate_subscripts(string_split(content, chr(10)), 1) AS place FROM raw)
            WHERE line NOT LIKE '#%'),
        samples AS (SELECT file, scraped, place, part.metric AS metric, part.labels AS labels,
            regexp_extract(part.labels, 'model_name="([^"]*)"', 1) AS model, TRY_CAST(part.amount AS DOUBLE) AS amount,
            TRY_CAST(part.at_ms AS DOUBLE) / 1000 AS at_s
            FROM lines WHERE part.metric <> ''),
        firsts AS (SELECT *, first_value(metric || labels) OVER (PARTITION BY file ORDER BY place) AS opening,
                last_value(at_s IGNORE NULLS) OVER (PARTITION BY file ORDER BY place
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS at_before,
                first_value(at_s IGNORE NULLS) OVER (PARTITION BY file ORDER BY place
                    ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS at_after
            FROM samples),
        pages AS (SELECT *, coalesce(at_s, CASE WHEN metric IN ({_BEGINNINGS}) THEN at_after ELSE at_before END,
                at_before, at_after, -sum(CASE WHEN metric || labels = opening THEN 1 ELSE 0 END)
                OVER (PARTITION BY file ORDER BY place)) AS page FROM firsts),
        begun AS (SELECT file, page, coalesce(max(amount) FILTER (WHERE metric = 'process_start_time_seconds'),
                min(amount) FILTER (WHERE metric = 'vllm:prompt_tokens_created')) AS started
            FROM pages GROUP BY ALL HAVING started IS NOT NULL),
        dated AS (SELECT pages.*, coalesce(begun.started,
                (SELECT max(b.started) FROM begun b WHERE b.file = pages.file)) AS started
            FROM pages LEFT JOIN begun USING (file, page)),
        counted AS (SELECT model, started, page, coalesce(max(at_s), epoch(CAST(max(scraped) AS TIMESTAMP))) AS scraped,
            {_counter("prompt_tokens_total")} AS prompt, {_counter("generation_tokens_total")} AS generated,
            {_counter("request_success_total")} AS requests,
            coalesce({_counter("prefix_cache_hits_total")}, {_counter("gpu_prefix_cache_hits_total")},
                {_counter("prompt_tokens_total")}
                - {_counter("prompt_tokens_by_source_total", 'source="local_compute"')}, 0) AS hits
        FROM dated WHERE model <> '' GROUP BY file, page, model, started)
        SELECT *, row_number() OVER (PARTITION BY model, started ORDER BY scraped DESC, prompt DESC) AS age
        FROM counted)""",
    columns={
        "start": "CASE WHEN started BETWEEN 0 AND 1e11 THEN from_epoch(started) END",
        "bucket_s": "scraped - started",
        "model": "model",
        "operation": "'chat'",
        "requests": "TRY_CAST(requests AS BIGINT)",
        "input": "TRY_CAST(prompt AS BIGINT)",
        "cache_read": "TRY_CAST(hits AS BIGINT)",
        "output": "TRY_CAST(coalesce(generated, 0) AS BIGINT)",
        "reason": "CASE WHEN age > 1 THEN 'earlier scrape of the same process' END",
        "request_id": "model || ' since ' || started",
        "version_text": "printf('%020.3f', scraped)",
    },
    caution="vLLM counters run since the start of the process to the file's modification time; a restart resets them",
    identity="prompt_tokens_total = computed + prefix-cache hits",
)
