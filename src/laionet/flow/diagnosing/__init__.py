"""Experiments of the diagnosis over datasets on disk (paper, Section 4), one module each."""
