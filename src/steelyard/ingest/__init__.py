"""Usage logs in, one canonical table and its profile out; message text is never selected."""

from steelyard.ingest.classes import profile_classes, profile_rules
from steelyard.ingest.daily import daily_usage
from steelyard.ingest.details import prefix_reuse_of, traffic_details
from steelyard.ingest.profiling import profile_table
from steelyard.ingest.reading import read_logs

__all__ = [
    "daily_usage",
    "prefix_reuse_of",
    "profile_classes",
    "profile_rules",
    "profile_table",
    "read_logs",
    "traffic_details",
]
