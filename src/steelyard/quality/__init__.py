"""Public scores to a screen: which options can be told apart from the reference, and which cannot."""
