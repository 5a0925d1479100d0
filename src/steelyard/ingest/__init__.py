"""Usage logs in, one canonical table and its profile out; message text is never selected."""

from steelyard.ingest.profiling import profile_table
from steelyard.ingest.reading import read_logs

__all__ = ["profile_table", "read_logs"]
