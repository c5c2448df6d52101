"""Figures and pages of what was measured. Importing this loads no plotting library."""

from laionet.report.figures import save_figure, sweep_figure
from laionet.report.page import sweep_page
from laionet.report.sweep import curves_table

__all__ = ["curves_table", "save_figure", "sweep_figure", "sweep_page"]
