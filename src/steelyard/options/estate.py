"""What runs today on machines already held: sunk cost is ignored; rent, resale and contracts are not."""

from dataclasses import dataclass, replace

from steelyard.domain.accelerator import Accelerator
from steelyard.domain.catalogue import Catalogue
from steelyard.domain.price import ServerPurchase
from steelyard.domain.study import SelfHostedToday
from steelyard.errors import Fault, StudyError, UnknownNameError
from steelyard.finance.builder import LedgerBuilder, Term, from_month, in_month, power
from steelyard.nouns import counted
from steelyard.options.estate_growth import Growth, add_machines
from steelyard.options.option import Option, rent_name
from steelyard.options.owned import CAPEX_LINES, RESIDUAL_MONTHS
from steelyard.units import HOURS_PER_MONTH, MONTHS_PER_YEAR

__all__ = ["CONTRACT_REST", "Estate", "estate_option", "leave_estate"]

CONTRACT_REST = "contract_rest"
"""Line of what today's contract still costs once its machines serve no more."""


@dataclass(frozen=True, slots=True)
class Estate:
    """Machines held today, and what they bind to."""

    today: SelfHostedToday
    """As stated."""
    device: Accelerator
    """Accelerator held."""
    server: ServerPurchase | None
    """What such a server costs new; None where nobody lists one: no resale is counted."""
    age_months: float = 0.0
    """Age of owned machines at the start [month]."""
    contract_months: int = 0
    """Months for which the lease or commitment still runs [month]."""
    horizon_months: int = 36
    """Horizon [month]."""

    @classmethod
    def of(
        cls, today: SelfHostedToday, catalogue: Catalogue, *, where: str, contract_months: int, horizon_months: int
    ) -> "Estate":
        """Return what is held, looked up in the catalogue.

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
        if today.owned_since is None and today.usd_per_device_h is None:
            raise StudyError(Fault("rented machines without their rent", f"{where}: today.self_hosted.rent",
                                   "dollars per device and hour", "Add it from your contract"))  # fmt: skip
        server = next((s for s in catalogue.servers if s.accelerator == device.id), None)
        since, day = today.owned_since, catalogue.as_of
        age = (day.year - since.year) * MONTHS_PER_YEAR + day.month - since.month if since is not None else 0
        return cls(today, device, server, float(max(age, 0)), contract_months, horizon_months)


def estate_option(estate: Estate, *, model: str, growth: Growth | None = None) -> Option:
    """Return the option of keeping the machines that serve today.

    Owned machines cost power, space and people, and keep their resale value at the horizon; rented ones cost their
    rent, at the contract's price until it ends and at the market's afterwards, and people. What the load needs beyond
    them is bought, or rented at the market's price.

    Parameters
    ----------
    estate
        Machines held.
    model
        Identifier of the model they serve.
    growth
        What they carry; None where nobody can say, and they are taken to carry the load as it grows.
    """
    builder = LedgerBuilder("today")
    _add_running(builder, estate)
    _add_tail(builder, estate)
    notes = [_grow(builder, estate, growth)]
    notes += _resale(builder, estate, freed=estate.horizon_months, label="Worth of the machines held, at the horizon")
    return Option(id="today", label=f"Keep {model} on {estate.today.count} {estate.device.name}", kind="keep_today",
                  model=model, ledger=builder.build(), notes=tuple(notes),
                  capex_lines=() if growth is None or not _bought(estate) else CAPEX_LINES[::2],
                  held_curve=growth.curve if growth is not None else None)  # fmt: skip


def _bought(estate: Estate) -> bool:
    """Return whether machines added are bought: those held are, and somebody lists a price."""
    return estate.today.owned_since is not None and estate.server is not None


def _grow(builder: LedgerBuilder, estate: Estate, growth: Growth | None) -> str:
    """Add the machines that the load needs beyond those held; return what a reader should know."""
    if growth is None or (estate.today.owned_since is not None and estate.server is None):
        return "The machines held are taken to carry the load as it grows."
    rent: Term | None = None
    if not _bought(estate):
        stated = builder.constant("usd_per_device_h_today", estate.today.usd_per_device_h or 0.0,
                                  unit="USD/(device h)", label="Rent of a device held", source="study")  # fmt: skip
        rent = stated * builder.input(rent_name(estate.today.accelerator), unit="1", label="Rent against today's")
    add_machines(builder, growth, server=estate.server if _bought(estate) else None, rent_usd_per_device_h=rent)
    return growth.note


def leave_estate(option: Option, estate: Estate, *, freed: int) -> Option:
    """Return an option with what leaving today's machines takes: double running, resale, and the contract's rest.

    Parameters
    ----------
    option
        Another way to serve.
    estate
        Machines held today.
    freed
        Month from which they serve no more, from 1 [month].
    """
    builder = LedgerBuilder(option.ledger.option, option.ledger)
    notes: list[str] = []
    if freed > 1:
        _add_running(builder, estate, window=1.0 - from_month(freed), prefix="until_live_today_")
    notes += _resale(builder, estate, freed=freed - 1, label="Machines held today, sold")
    _add_exit(builder, estate, freed)
    return replace(option, ledger=builder.build(), notes=(*option.notes, *notes))


def _add_running(builder: LedgerBuilder, estate: Estate, *, window: Term | None = None, prefix: str = "") -> None:
    """Add what the machines cost while they run."""
    today, device = estate.today, estate.device
    said = "Until live: today's machines, " if prefix else ""

    def line(name: str, term: Term, group: str, label: str) -> None:
        words = f"{said}{label.lower()}" if prefix else label
        builder.line(f"{prefix}{name}", term if window is None else term * window, group=group, label=words)

    count = builder.constant("devices_today", float(today.count), unit="device", label="Devices held", source="study")
    if today.owned_since is None:
        rent = builder.constant("usd_per_device_h_today", today.usd_per_device_h or 0.0, unit="USD/(device h)",
                                label="Rent of a device held", source="study")  # fmt: skip
        line("rent", count * rent * _market_after(builder, estate) * HOURS_PER_MONTH, "compute", "Rent")
    else:
        kw = builder.constant("device_kw", (device.tdp_w or 0.0) * device.host_power_ratio / 1e3, unit="kW/device",
                              label="Power of one device with its host", source=device.evidence[0].source)  # fmt: skip
        pue = builder.input("pue.industry_average", unit="ratio", label="Site power over server power")
        energy = builder.input("power.us_industrial_usd_per_kwh", unit="USD/kWh", label="Electricity")
        space = builder.input("colocation.wholesale_usd_per_kw_month", unit="USD/(kW month)", label="Colocation")
        line("power", count * kw * HOURS_PER_MONTH * pue * energy, "power", "Electricity")
        line("colocation", count * kw * space, "space", "Colocation")
    salary = builder.input("staffing.ml_platform_engineer_usd_per_year", unit="USD/a",
                           label="Loaded cost of one engineer")  # fmt: skip
    run = builder.input("staffing.run_engineers_first_cluster", unit="person", label="Engineers to run a first cluster")
    line("run_people", run * salary / MONTHS_PER_YEAR, "people", "Engineers, running")


def _market_after(builder: LedgerBuilder, estate: Estate) -> Term:
    """Return the rent over that of the contract: 1 until it ends, the market's afterwards."""
    factor = builder.input(rent_name(estate.today.accelerator), unit="1", label="Rent against today's")
    if estate.contract_months <= 0:
        return factor
    after = from_month(estate.contract_months + 1)
    return (1.0 - after) + factor * after


def _resale(builder: LedgerBuilder, estate: Estate, *, freed: int, label: str) -> list[str]:
    """Credit what owned machines bring at the end of a month (0: at once); return what a reader should know."""
    if estate.today.owned_since is None:
        return []
    if estate.server is None:
        return [f"What {estate.device.name} would bring is not known here: no resale is counted."]
    server = estate.server
    price = builder.input(f"server_usd.{server.id}", unit="USD/machine", label=f"Price of one {server.id}",
                          source=server.evidence.source)  # fmt: skip
    residual = builder.input("hardware.residual_fraction_36m", unit="1", label="Value left after 36 months")
    held = builder.constant("machines_today", estate.today.count / server.devices, unit="machine",
                            label="Servers held", source="study")  # fmt: skip
    age = (estate.age_months + freed) / RESIDUAL_MONTHS
    when = in_month(min(max(freed, 1), estate.horizon_months))
    builder.line("resale_today", -(held * price * power(residual, age) * when), group="capital", label=label)
    return []


def _add_exit(builder: LedgerBuilder, estate: Estate, freed: int) -> None:
    """Charge the contract's rest, or what leaving it at once costs where that is stated and less."""
    today, rest = estate.today, estate.contract_months - freed + 1
    if rest <= 0:
        return
    hourly = today.count * (today.usd_per_device_h or 0.0)
    owed = hourly * HOURS_PER_MONTH * rest
    if today.exit_usd is not None and (today.exit_usd < owed or owed == 0):
        once = builder.constant("exit_usd", today.exit_usd, unit="USD", label="Leaving the contract at once",
                                source="study")  # fmt: skip
        builder.line("contract_exit", once * in_month(freed), group="once", label="Leaving today's contract")
    elif hourly > 0:
        rent = builder.constant("contract_usd_per_h", hourly, unit="USD/h", label="Rent of today's contract",
                                source="study")  # fmt: skip
        running = from_month(freed) - from_month(estate.contract_months + 1)
        builder.line(CONTRACT_REST, rent * HOURS_PER_MONTH * running, group="compute",
                     label="Rest of today's contract")  # fmt: skip
        _add_tail(builder, estate)


def _add_tail(builder: LedgerBuilder, estate: Estate) -> None:
    """Charge the months of a contract that lie beyond the horizon, in its last month."""
    beyond = estate.contract_months - estate.horizon_months
    hourly = estate.today.count * (estate.today.usd_per_device_h or 0.0)
    if beyond > 0 and hourly > 0:
        rent = builder.constant("contract_usd_per_h", hourly, unit="USD/h", label="Rent of today's contract",
                                source="study")  # fmt: skip
        owed = rent * HOURS_PER_MONTH * float(beyond) * in_month(estate.horizon_months)
        builder.line("contract_tail", owed, group="compute",
                     label=f"Today's contract beyond the horizon, {counted(beyond, 'month')}")  # fmt: skip
