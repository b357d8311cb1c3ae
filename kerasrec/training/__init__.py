"""Trains recognizers on generated lines and keeps the results in run folders."""
