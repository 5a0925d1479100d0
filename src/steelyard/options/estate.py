"""What runs today on machines already held: sunk cost is ignored, what is still paid is not."""

from steelyard.domain.catalogue import Catalogue
from steelyard.domain.study import SelfHostedToday
from steelyard.errors import Fault, StudyError, UnknownNameError
from steelyard.finance.builder import LedgerBuilder
from steelyard.options.option import Option, rent_name
from steelyard.units import HOURS_PER_MONTH, MONTHS_PER_YEAR

__all__ = ["estate_option"]


def estate_option(today: SelfHostedToday, catalogue: Catalogue, *, model: str, where: str) -> Option:
    """Return the option of keeping the machines that serve today.

    Owned machines cost power, space and people; rented ones their rent and people. Their number stays as it is.

    Parameters
    ----------
    today
        Machines held.
    catalogue
        Power of the accelerator.
    model
        Identifier of the model they serve.
    where
        Study file name, for messages.

    Raises
    ------
    UnknownNameError
        If the accelerator is not in the catalogue.
    StudyError
        If machines are rented and their rent is not stated.
    """
    device = catalogue.accelerators.get(today.accelerator)
    if device is None:
        raise UnknownNameError("accelerator", today.accelerator, catalogue.accelerators,
                               where=f"{where}: today.self_hosted.accelerator")  # fmt: skip
    builder = LedgerBuilder("today")
    count = builder.constant("devices", float(today.count), unit="device", label="Devices held", source="study")
    if today.owned_since is None:
        if today.usd_per_device_h is None:
            raise StudyError(Fault("rented machines without their rent", f"{where}: today.self_hosted.usd_per_device_h",
                                   "dollars per device and hour", "Add it from your contract"))  # fmt: skip
        rent = builder.constant("usd_per_device_h", today.usd_per_device_h, unit="USD/(device h)", label="Rent",
                                source="study")  # fmt: skip
        factor = builder.input(rent_name(today.accelerator), unit="1", label="Rent against today's")
        builder.line("rent", count * rent * factor * HOURS_PER_MONTH, group="compute", label="Rent")
    else:
        watts = (device.tdp_w or 0.0) * device.host_power_ratio
        power = builder.constant("device_kw", watts / 1e3, unit="kW", label="Power of one device with its host",
                                 source=device.evidence[0].source)  # fmt: skip
        pue = builder.input("pue.industry_average", unit="ratio", label="Site power over server power")
        energy = builder.input("power.us_industrial_usd_per_kwh", unit="USD/kWh", label="Electricity")
        space = builder.input("colocation.wholesale_usd_per_kw_month", unit="USD/(kW month)", label="Colocation")
        builder.line("power", count * power * HOURS_PER_MONTH * pue * energy, group="power", label="Electricity")
        builder.line("colocation", count * power * space, group="space", label="Colocation")
    salary = builder.input("staffing.ml_platform_engineer_usd_per_year", unit="USD/a",
                           label="Loaded cost of one engineer")  # fmt: skip
    run = builder.input("staffing.run_engineers_first_cluster", unit="person", label="Engineers to run a first cluster")
    builder.line("run_people", run * salary / MONTHS_PER_YEAR, group="people", label="Engineers, running")
    return Option(
        id="today", label=f"Keep {model} on {today.count} {device.name}", kind="keep_today", model=model,
        ledger=builder.build(),
        notes=("The machines held are taken to carry the load as it grows; their resale value and any contract that "
               "outlives a switch are not yet counted.",),
    )  # fmt: skip
