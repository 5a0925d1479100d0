"""A machine is counted in one unit in every ledger, bought or rented, base of a mix or whole."""

import option_example as ex
from steelyard.domain.ledger import Ledger
from steelyard.finance.dimensions import unit_powers
from steelyard.options.bought import services_of
from steelyard.options.overflow import Base, Beyond, Orders, overflow_option
from steelyard.options.self_hosted import owned_option
from steelyard.options.staged import Trigger, staged_option


def ledgers() -> list[Ledger]:
    demand = ex.demand()
    beyond = Beyond(services_of(ex.card(), demand), 0.0, runs_today=True, switching=True)
    bases = (Base(ex.candidate(), server=ex.server()), Base(ex.candidate(), offer=ex.offer("reserved_1y", 1.4, term=12),
                                                            on_demand=ex.offer()))  # fmt: skip
    found = [overflow_option(base, beyond, demand, Orders((1,), 4, ((),), ((1,),))) for base in bases]
    found += [staged_option(base, beyond, demand, Trigger("volume", (0.5,) * 31), wait_months=4, start_up_s=300.0)
              for base in bases]  # fmt: skip
    found.append(owned_option(ex.candidate(), ex.server(), demand, interim=None, lead_months=4))
    return [option.ledger for option in found]


def test_no_unit_names_a_server() -> None:
    units = {quantity.unit for ledger in ledgers() for quantity in ledger.quantities}
    symbols = {symbol for unit in units for symbol in unit_powers(unit)}
    assert "machine" in symbols
    assert "server" not in symbols
