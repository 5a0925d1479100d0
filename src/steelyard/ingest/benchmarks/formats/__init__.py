"""One benchmark tool a module, each with one ``PLUGIN``."""
