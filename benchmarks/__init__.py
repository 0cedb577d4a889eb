"""Measurements, run by hand with `make bench`: ratios against a floor taken in the same run."""
