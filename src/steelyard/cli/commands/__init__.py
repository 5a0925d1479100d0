"""One file per command, each with one ``command``."""
