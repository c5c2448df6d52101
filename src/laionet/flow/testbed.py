"""A table of many models' accuracies on many test sets, such as that of Taori et al. (2020)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import polars as pl

from laionet.errors import LayoutError
from laionet.flow.class_files import read_any


@dataclass(frozen=True)
class Testbed:
    """Accuracies of models on a reference set and on a shifted one.

    Attributes:
        models: their names.
        reference, shifted: float64 (models,), accuracies from 0 to 1, NaN for none.
    """

    models: tuple[str, ...]
    reference: np.ndarray
    shifted: np.ndarray

    def named(self, patterns: Iterable[str]) -> np.ndarray:
        """Which models fit one of the patterns, bool (models,): names, or with * and ? as of files.

        Raises:
            LayoutError: for a pattern that no model fits.
        """
        found = np.zeros(len(self.models), dtype=bool)
        for pattern in patterns:
            these = np.array([fnmatchcase(model, pattern) for model in self.models], dtype=bool)
            if not these.any():
                close = get_close_matches(pattern, self.models, 3)
                raise LayoutError(
                    f"No model fits {pattern!r}." + (f" Close: {', '.join(close)}." if close else "")
                )
            found |= these
        return found


def read_testbed(path: str | Path, reference: str, shifted: str) -> Testbed:
    """Read two settings of a testbed table; what comes out goes to ``compare.robustness.effective_robustness``.

    Args:
        path: CSV, TSV or parquet with a column ``model`` and a column of accuracies for each setting, in percent
            (as the published table) or as shares: percent if any of the two columns' numbers is above 1.
        reference: column of the set without the shift, such as ``val``.
        shifted: column of the other, such as ``imagenetv2-matched-frequency-format-val``.

    Raises:
        LayoutError: for a table without these columns, a model named twice, or accuracies outside 0 to 100.
    """
    frame = read_any(Path(path))
    for column in ("model", reference, shifted):
        if column not in frame.columns:
            close = ", ".join(get_close_matches(column, frame.columns, 5)) or ", ".join(frame.columns[:8])
            raise LayoutError(f"{path} has no column {column!r}. Close: {close}.")
    for column in (reference, shifted):
        if not (frame[column].dtype.is_numeric() or frame[column].dtype == pl.Null):
            raise LayoutError(f"{path}: {column} must hold numbers.")
    models = tuple(frame["model"].cast(pl.String).fill_null("").to_list())
    if len(set(models)) < len(models):
        raise LayoutError(f"{path} names {max(models, key=models.count)!r} twice; keep one row a model.")
    columns = (frame[column].cast(pl.Float64).fill_null(float("nan")) for column in (reference, shifted))
    values = np.stack([column.to_numpy() for column in columns])
    values = values / 100 if np.any(values > 1) else values
    if np.any((values < 0) | (values > 1)):
        raise LayoutError(f"{path}: accuracies must lie between 0 and 100 percent.")
    return Testbed(models, values[0], values[1])
