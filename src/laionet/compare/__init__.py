"""Statistics: arrays in, numbers out, no files. Each function states its formula, assumptions and source."""
