"""The report: what a folder holds, gathered into one document of aggregates, and written as one page."""
