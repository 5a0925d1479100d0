"""FOCUS billing data (FinOps Open Cost and Usage Specification 1.x, CSV or Parquet): money by charge, no tokens.

A "token" in FOCUS is a virtual currency, so no quantity is read.
"""

from steelyard.ingest.log_format import FileHead, LogFormat

__all__ = ["PLUGIN"]


def _matches(head: FileHead) -> bool:
    return head.kind in ("csv", "parquet") and head.has("ChargePeriodStart", "BilledCost", "BillingCurrency")


def _instant(column: str) -> str:
    slashed = "['%m/%d/%y', '%m/%d/%Y', '%m/%d/%y %H:%M', '%m/%d/%Y %H:%M']"
    return f'coalesce(TRY_STRPTIME("{column}", {slashed}), utc("{column}"))'  # 4/1/25 is no date of the year 4


PLUGIN = LogFormat(
    name="focus",
    title="FOCUS billing data",
    grain="cost",
    matches=_matches,
    fields=("ChargePeriodStart", "ChargePeriodEnd", "BilledCost", "BillingCurrency", "ChargeDescription", "ServiceName",
            "ResourceName", "SubAccountId"),
    needs=("ChargePeriodStart", "BilledCost", "BillingCurrency"),
    columns={
        "start": _instant("ChargePeriodStart"),
        "bucket_s": f"epoch({_instant('ChargePeriodEnd')} - {_instant('ChargePeriodStart')})",
        "model": "coalesce(nullif(\"ResourceName\", ''), nullif(\"ChargeDescription\", ''), \"ServiceName\")",
        "logged_usd": "CASE WHEN upper(\"BillingCurrency\") = 'USD' THEN amount(\"BilledCost\") END",
        "team_text": '"SubAccountId"',
    },
    caution="FOCUS names resources and charges, which need not be model names: lines may not meet the log's models",
    identity="BilledCost in BillingCurrency",
)  # fmt: skip
