"""Damaged, hostile and nonsensical input for every reader of archives; see `benchmarks.fuzz.__main__`."""
