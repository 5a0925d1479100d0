"""One module a source, each with one ``PLUGIN``."""
