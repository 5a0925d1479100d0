"""What making a model one's own adds to serving it: data, devices or a seller's jobs, people, evaluations, repeats."""

from collections.abc import Sequence
from decimal import Decimal

from steelyard.domain.price import FineTuningPrice, RateCard
from steelyard.finance.builder import LedgerBuilder, Term, from_month, in_month
from steelyard.options.option import listing_name, rent_name
from steelyard.options.people import days_usd
from steelyard.options.tuning_plan import Corpus, Devices, Examples, Tuning
from steelyard.units import HOURS_PER_MONTH, MONTHS_PER_YEAR, SECONDS_PER_HOUR, TOKENS_PER_MTOK

__all__ = ["add_jobs", "add_training", "add_work"]

UNPUBLISHED = "training.unpublished_device_factor"
"""Input: speed on a device without published runs over what runs on the one most like it say [1]."""
MINUTES_PER_HOUR = 60.0
"""Minutes in an hour [min/h]."""


def _each_time(months: Sequence[int]) -> Term:
    """Return 1 in the months named, else 0."""
    term = in_month(months[0])
    for number in months[1:]:
        term = term + in_month(number)
    return term


def add_work(builder: LedgerBuilder, tuning: Tuning, salary: Term) -> None:
    """Add data work, engineers and evaluations of a tuning, and those of its repeats.

    Examples the study states are labelled and only checked; others are labelled first. A repeat takes its own days and
    evaluations, not the data work again.

    Parameters
    ----------
    builder
        Ledger under construction, serving costed.
    tuning
        What is done, and when.
    salary
        What an engineer's year costs [USD/a].
    """
    first = in_month(1)
    days = builder.input("tuning.data_engineer_days", unit="d", label="Engineer days to prepare the training data")
    data = days_usd(builder, salary, days) + _labelling(builder, tuning.examples)
    if tuning.corpus is not None:
        data = data + _cleaning(builder, tuning.corpus)
    builder.line("tuning_data", data * first, group="once", label="Training data: collected, labelled, cleaned")
    if tuning.method != "from_scratch":
        work = builder.input("tuning.engineer_days", unit="d", label="Engineer days to tune, the first time")
        people = days_usd(builder, salary, work) * first
        if len(tuning.months) > 1:
            people = people + _days_again(builder, salary) * _each_time(tuning.months[1:])
        builder.line("tuning_people", people, group="once", label="Engineers who tune, and tune again")
    builder.line("tuning_evaluation", _evaluations(builder) * _each_time(tuning.months), group="once",
                 label="Evaluations of what was tuned")  # fmt: skip


def _days_again(builder: LedgerBuilder, salary: Term) -> Term:
    days = builder.input("tuning.refresh_engineer_days", unit="d", label="Engineer days to tune again")
    return days_usd(builder, salary, days)


def _labelling(builder: LedgerBuilder, examples: Examples) -> Term:
    stated = examples.count is not None
    name = "tuning.review_minutes_per_example" if stated else "tuning.label_minutes_per_example"
    words = "check an example labelled already" if stated else "label an example"
    minutes = builder.input(name, unit="min", label=f"Minutes to {words}")
    wage = builder.input("tuning.annotator_usd_per_h", unit="USD/h", label="Cost of an hour of who labels")
    hour = builder.constant("minutes_per_hour", MINUTES_PER_HOUR, unit="min/h", label="Minutes in an hour",
                            source="definition")  # fmt: skip
    return _count(builder, examples) * minutes / hour * wage


def _count(builder: LedgerBuilder, examples: Examples) -> Term:
    if examples.count is None:
        return builder.input("tuning.examples", unit="1", label="Training examples")
    return builder.constant("training_examples", examples.count, unit="1", label="Training examples", source="study")


def _mtok(builder: LedgerBuilder) -> Term:
    return builder.constant("tokens_per_mtok", TOKENS_PER_MTOK, unit="token/Mtok", label="Tokens in a million",
                            source="definition")  # fmt: skip


def _cleaning(builder: LedgerBuilder, corpus: Corpus) -> Term:
    price = builder.input("tuning.corpus_usd_per_mtok", unit="USD/Mtok", label="Cleaning a million tokens of text")
    own = builder.constant("own_corpus_tokens", corpus.own_tokens, unit="token", label="Tokens of your own corpus",
                           source="study")  # fmt: skip
    return own / _mtok(builder) * price


def _corpus_tokens(builder: LedgerBuilder, tuning: Tuning, corpus: Corpus) -> Term:
    if corpus.tokens is not None:
        return builder.constant("corpus_tokens", corpus.tokens, unit="token", label="Tokens of the corpus",
                                source="study")  # fmt: skip
    each = builder.input("training.tokens_per_parameter", unit="token", label="Training tokens per active parameter")
    parameters = builder.constant("active_parameters", tuning.active_parameters, unit="1",
                                  label="Parameters used per token", source=f"shapes of {tuning.base}")  # fmt: skip
    return each * parameters


def _evaluations(builder: LedgerBuilder) -> Term:
    count = builder.input("tuning.evaluations", unit="1", label="Paired evaluations for each tuning that serves")
    return count * builder.input("migration.evaluation_usd", unit="USD", label="One paired evaluation")


def _seen(builder: LedgerBuilder, examples: Examples) -> Term:
    """Return the tokens of examples that all runs of one tuning see, epochs and trials counted [token]."""
    each = builder.constant("tokens_per_example", examples.tokens, unit="token", source="traffic",
                            label="Tokens of one example: a request and its answer")  # fmt: skip
    epochs = builder.input("tuning.epochs", unit="1", label="Times each example is seen")
    runs = builder.input("tuning.runs_per_success", unit="1",
                         label="Runs paid for each tuning that serves: trials and failures")  # fmt: skip
    return _count(builder, examples) * each * epochs * runs


def add_jobs(
    builder: LedgerBuilder, tuning: Tuning, price: FineTuningPrice, card: RateCard, salary: Term
) -> None:  # fmt: skip
    """Add a seller's training jobs, the hosting of the tuned model, and tuning again when its base retires.

    Parameters
    ----------
    builder
        Ledger under construction, tokens costed.
    tuning
        What is done, and when.
    price
        The seller's prices, that of trained tokens among them.
    card
        Tokens of the tuned model; the retirement of its listing forces a new tuning.
    salary
        What an engineer's year costs [USD/a].
    """
    source = price.evidence.source
    usd = builder.constant("usd_per_mtok_trained", float(price.training_usd_per_mtok or Decimal(0)), unit="USD/Mtok",
                           label="Price of a million trained tokens", source=source)  # fmt: skip
    job = builder.quantity("tuning_jobs_usd", _seen(builder, tuning.examples) / _mtok(builder) * usd, unit="USD",
                           label="Training jobs of one tuning, trials included")  # fmt: skip
    builder.line("tuning_compute", job * _each_time(tuning.months), group="once", label="Training jobs at the seller")
    if price.hosting_usd_per_h:
        hosting = builder.constant("hosting_usd_per_h", price.hosting_usd_per_h, unit="USD/h", source=source,
                                   label="Keeping one tuned model deployed, busy or not")  # fmt: skip
        hours = builder.constant("hours_per_month", HOURS_PER_MONTH, unit="h/month", label="Hours in a mean month",
                                 source="definition")  # fmt: skip
        builder.line("tuning_hosting", hosting * hours, group="compute", label="Hosting of the tuned model")
    forced = builder.input(f"{listing_name(card)}.migration", unit="1",
                           label=f"Retirement of {card.model} at {card.seller}")  # fmt: skip
    again = job + _days_again(builder, salary) + _evaluations(builder)
    builder.line("tuning_again", again * forced, group="once", label="Tuning again when the base retires")


def add_training(builder: LedgerBuilder, tuning: Tuning, devices: Devices, *, wait: int, salary: Term) -> None:
    """Add the devices that train, and for a model from scratch the people who train it until it serves.

    Parameters
    ----------
    builder
        Ledger under construction, serving costed.
    tuning
        What is done, and when.
    devices
        Machines that train.
    wait
        Months before the model serves, at least 1; a training from scratch is spread over them [month].
    salary
        What an engineer's year costs [USD/a].
    """
    usd = builder.quantity("training_usd", _devices_usd(builder, tuning, devices), unit="USD",
                           label="Devices of one tuning or training, trials included")  # fmt: skip
    if tuning.method != "from_scratch":
        builder.line("tuning_compute", usd * _each_time(tuning.months), group="once",
                     label="Devices that tune, trials included")  # fmt: skip
        return
    during = (1.0 - from_month(wait + 1)) / float(wait)
    people = builder.input("training.engineers", unit="person", label="People who train the model")
    months = builder.input("training.months", unit="month", label="Months until it serves")
    team = builder.quantity("training_team_usd", people * months * salary / MONTHS_PER_YEAR, unit="USD",
                            label="People who train the model, until it serves")  # fmt: skip
    builder.line("tuning_people", team * during, group="people", label="People who train the model")
    builder.line("tuning_compute", usd * during, group="compute", label="Devices that train, trials included")
    if len(tuning.months) > 1:
        share = builder.input("training.refresh_fraction", unit="1",
                              label="Bringing the model up to date over training it")  # fmt: skip
        builder.line("tuning_again", (usd + team) * share * _each_time(tuning.months[1:]), group="once",
                     label="Bringing the model up to date")  # fmt: skip


def _devices_usd(builder: LedgerBuilder, tuning: Tuning, devices: Devices) -> Term:
    """Return the rent of the devices for one tuning or training, trials and failures included [USD]."""
    shapes = f"shapes of {tuning.base}"
    flop = _seen(builder, tuning.examples) * builder.constant(
        "flop_per_example_token", devices.flop_per_example_token, unit="FLOP/token", source=shapes,
        label="Operations a token of an example takes")  # fmt: skip
    if tuning.corpus is not None:
        each = builder.constant("flop_per_corpus_token", devices.flop_per_corpus_token, unit="FLOP/token",
                                source=shapes, label="Operations a token of the corpus takes")  # fmt: skip
        runs = builder.input("training.runs_per_success", unit="1",
                             label="Compute paid over that of the run kept: trials and failures")  # fmt: skip
        flop = flop + _corpus_tokens(builder, tuning, tuning.corpus) * each * runs
    speed = builder.constant("training_flop_per_device_h", devices.flop_per_s * SECONDS_PER_HOUR,
                             unit="FLOP/(device h)", source="share of peak that published runs achieve",
                             label="Operations a device does in an hour of training")  # fmt: skip
    if devices.share_from:
        speed = speed * builder.input(UNPUBLISHED, unit="1", label="Speed of training on a device without published "
                                      "runs over that of the published")  # fmt: skip
    hours = builder.quantity("training_device_hours", flop / speed, unit="device h",
                             label="Device hours of one tuning or training")  # fmt: skip
    rent = builder.constant("training_usd_per_device_h", devices.usd_per_device_h, unit="USD/(device h)",
                            label=f"Rent of one {devices.accelerator} to train on", source=devices.source)  # fmt: skip
    return hours * rent * builder.input(rent_name(devices.accelerator), unit="1", label="Rent against today's")
