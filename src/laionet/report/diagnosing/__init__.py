"""Figures of the diagnosis, one module an experiment."""
