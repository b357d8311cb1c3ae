"""Reads libraries of lines: jobs that are cut into chunks, continue after a kill, and run here or on a Ray cluster."""
