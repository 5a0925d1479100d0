"""Units: the type of every number that crosses a room, and the named conversions between them.

A field typed ``Seconds`` is a plain float inside pure code; the unit travels in the JSON schema,
the generated documentation and the report.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema

__all__ = [
    "HOURS_PER_MONTH", "HOURS_PER_WEEK", "HOURS_PER_YEAR", "MONTHS_PER_YEAR", "SECONDS_PER_DAY",
    "SECONDS_PER_HOUR", "SECONDS_PER_MINUTE", "SECONDS_PER_MONTH", "TOKENS_PER_MTOK", "Bytes", "BytesPerSecond",
    "Count", "Days", "FlopPerSecond", "Fraction", "Hours", "IndexPoints", "Kwh", "Months", "PerMonth", "PerSecond",
    "Ratio", "Seconds", "Tokens", "TokensPerSecond", "Unit", "Usd", "UsdPerDeviceHour", "UsdPerHour",
    "UsdPerKwh", "UsdPerMonth", "UsdPerMtok", "UsdPerRequest", "UsdPerYear", "Watts", "Years",
]  # fmt: skip

HOURS_PER_WEEK = 168
"""Hours in a week [h]."""
HOURS_PER_YEAR = 8_766.0
"""Hours in a Julian year of 365.25 days [h]."""
MONTHS_PER_YEAR = 12
"""Months in a year."""
HOURS_PER_MONTH = HOURS_PER_YEAR / MONTHS_PER_YEAR
"""Hours in a mean month, 730.5 [h]."""
SECONDS_PER_MINUTE = 60
"""Seconds in a minute [s]."""
SECONDS_PER_HOUR = 3_600
"""Seconds in an hour [s]."""
SECONDS_PER_DAY = 86_400
"""Seconds in a day [s]."""
SECONDS_PER_MONTH = HOURS_PER_MONTH * SECONDS_PER_HOUR
"""Seconds in a mean month [s]."""
TOKENS_PER_MTOK = 1_000_000
"""Tokens in one Mtok."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Marks a numeric type with its unit; the symbol is copied into the JSON schema as ``unit``."""

    symbol: str

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return the field's JSON schema with ``unit`` added."""
        json_schema = handler(schema)
        json_schema["unit"] = self.symbol
        return json_schema


Seconds = Annotated[float, Unit("s")]
Hours = Annotated[float, Unit("h")]
Days = Annotated[float, Unit("d")]
Months = Annotated[float, Unit("month")]
Years = Annotated[float, Unit("a")]
Usd = Annotated[float, Unit("USD")]
UsdPerHour = Annotated[float, Unit("USD/h")]
UsdPerDeviceHour = Annotated[float, Unit("USD/(device h)")]
UsdPerMonth = Annotated[float, Unit("USD/month")]
UsdPerYear = Annotated[float, Unit("USD/a")]
UsdPerMtok = Annotated[float, Unit("USD/Mtok")]
UsdPerRequest = Annotated[float, Unit("USD/request")]
UsdPerKwh = Annotated[float, Unit("USD/kWh")]
Fraction = Annotated[float, Unit("1")]
Ratio = Annotated[float, Unit("ratio")]
Tokens = Annotated[float, Unit("token")]
TokensPerSecond = Annotated[float, Unit("token/s")]
PerSecond = Annotated[float, Unit("1/s")]
PerMonth = Annotated[float, Unit("1/month")]
FlopPerSecond = Annotated[float, Unit("FLOP/s")]
Bytes = Annotated[int, Unit("B")]
BytesPerSecond = Annotated[float, Unit("B/s")]
Watts = Annotated[float, Unit("W")]
Kwh = Annotated[float, Unit("kWh")]
Count = Annotated[int, Unit("count")]
IndexPoints = Annotated[float, Unit("index point")]
