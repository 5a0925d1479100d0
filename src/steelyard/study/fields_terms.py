"""Prices of the organisation's own in a study: quotes with an end, and capacity sold by the unit."""

from steelyard.domain.study import ProvisionedTerms, Quote, RateLimit
from steelyard.study.fields import Field, Reader, Section, Values
from steelyard.study.fields_kinds import Day, Exact, ListOf, Text
from steelyard.study.fields_yaml import Keys
from steelyard.study.quantities import COUNT, FRACTION, USD, USD_PER_DEVICE_HOUR, exactly

__all__ = ["PROVISIONED", "QUOTES", "RATE_LIMITS"]

_IDENTIFIER = Text("an identifier such as gpt-5.4-mini", r"[A-Za-z0-9][\w.:@/+-]{0,119}")
_WHOLE = exactly(COUNT, low=1, high=1e6)


def _check_quote(values: Values, node: Keys, reader: Reader, key: str) -> None:
    """Note a quote that prices neither a model nor a machine, or both."""
    if ("model" in values) == ("accelerator" in values):
        reader.fault(node, key, "a quote needs either `model` or `accelerator`",
                     expected="{seller, model, discount, until} or {seller, accelerator, rent, until}",
                     remedy="Write one entry per quote")  # fmt: skip
    elif "accelerator" in values and "usd_per_device_h" not in values:
        reader.fault(node, key, "a quoted machine without its rent", expected="rent: $2.10",
                     remedy="Add the price per device and hour")  # fmt: skip


def _quote(values: Values, _node: Keys, _reader: Reader, _key: str) -> object:
    return Quote.model_validate(values)


def _terms(values: Values, _node: Keys, _reader: Reader, _key: str) -> object:
    return ProvisionedTerms.model_validate(values)


_QUOTE = Section(
    (
        Field("seller", _IDENTIFIER, "Who gave the quote.", required=True),
        Field("model", _IDENTIFIER, "Model it prices."),
        Field("discount", Exact(exactly(FRACTION, high=0.95)), "Discount off the list prices of that model."),
        Field("accelerator", _IDENTIFIER, "Accelerator it rents, such as h100-sxm."),
        Field("devices", Exact(_WHOLE, whole=True), "Devices of one machine; 1 where absent."),
        Field("rent", Exact(USD_PER_DEVICE_HOUR), "Rent per device and hour.", attribute="usd_per_device_h"),
        Field("until", Day(end_of_month=True), "Last day on which it holds.", required=True),
    ),
    _quote,
    example="{seller: openai, model: gpt-5.4-mini, discount: 15%, until: 2027-10}",
    check=_check_quote,
)
_UNITS = Section(
    (
        Field("seller", _IDENTIFIER, "Who sells the units.", required=True),
        Field("model", _IDENTIFIER, "Model that runs on them.", required=True),
        Field("input_tokens_per_minute_per_unit", Exact(exactly(COUNT, low=1)),
              "Input tokens one unit carries in a minute.", required=True),
        Field("output_token_weight", Exact(exactly(COUNT, low=0.1, high=1_000)),
              "Input tokens that one output token counts as; the ratio of the list prices where absent."),
        Field("usd_per_unit_hour", Exact(USD), "Price of one unit for an hour, busy or not.", required=True,
              attribute="usd_per_unit_h"),
        Field("least_units", Exact(_WHOLE, whole=True), "Fewest units sold; 1 where absent."),
        Field("unit_step", Exact(_WHOLE, whole=True), "Step in which units are added; 1 where absent."),
        Field("until", Day(end_of_month=True), "Last day on which your contract fixes the price; afterwards, or "
              "from the start where absent, it moves as the model's token prices do."),
    ),
    _terms,
    example="{seller: openai, model: gpt-5.4-mini, input_tokens_per_minute_per_unit: 37k, usd_per_unit_hour: $1}",
)  # fmt: skip


def _check_limit(values: Values, node: Keys, reader: Reader, key: str) -> None:
    """Note a limit that limits nothing."""
    if "requests_per_minute" not in values and "tokens_per_minute" not in values:
        reader.fault(node, key, "a rate limit without a number", expected="requests_per_minute or tokens_per_minute",
                     remedy="Add what your account shows")  # fmt: skip


def _limit(values: Values, _node: Keys, _reader: Reader, _key: str) -> object:
    return RateLimit.model_validate(values)


_LIMIT = Section(
    (
        Field("seller", _IDENTIFIER, "Who sets the limit.", required=True),
        Field("model", _IDENTIFIER, "Model it holds for; every model of the seller where absent."),
        Field("requests_per_minute", Exact(exactly(COUNT, low=1)), "Requests in a minute."),
        Field("tokens_per_minute", Exact(exactly(COUNT, low=1)), "Tokens in a minute, input and output."),
    ),
    _limit,
    example="{seller: openai, model: gpt-5.4-mini, requests_per_minute: 10k, tokens_per_minute: 10M}",
    check=_check_limit,
)
RATE_LIMITS = ListOf(_LIMIT)
"""What sellers let through in a minute."""
QUOTES = ListOf(_QUOTE)
"""Quotes with an end."""
PROVISIONED = ListOf(_UNITS)
"""Capacity by the unit."""
