"""The composition root: a study file in, a Result out."""
