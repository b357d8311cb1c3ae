"""Reproduction: every run of the Full Stack Deep Learning 2021 labs whose result was published, trained here."""
