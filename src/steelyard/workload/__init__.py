"""Traffic as mathematics: counts in, a profile or a synthetic trace out. No files, no clock."""
