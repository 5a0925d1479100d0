"""Cash flows as a graph of named quantities, and what is measured on them (pure)."""
