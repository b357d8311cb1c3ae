"""The Full Stack Deep Learning 2021 labs: their settings, their character models and reproductions of their runs."""
