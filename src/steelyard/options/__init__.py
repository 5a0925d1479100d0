"""One file per way to serve: demand, capacity and prices become a ledger."""
