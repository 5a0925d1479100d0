"""Tools for coding assistants over the Model Context Protocol; owns no formula, reads named files, writes none."""
