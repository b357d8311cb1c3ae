"""The Full Stack Deep Learning 2021 labs: their settings, their models of single characters, their runs reproduced."""
