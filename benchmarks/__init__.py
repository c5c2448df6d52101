"""Benchmarks: each claim side by side with what a user would run instead, in one run, as a ratio."""
