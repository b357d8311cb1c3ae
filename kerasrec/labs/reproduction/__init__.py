"""Reproduces the runs of the Full Stack Deep Learning 2021 labs whose results were published."""
