"""Training: from settings and lines to a run folder."""
