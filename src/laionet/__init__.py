"""laionet: recreate an image dataset from web captions by text alone, and measure how it differs.

The names below are loaded when first used, so that ``import laionet`` is quick and needs no torch.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# onnxruntime, which reads text in images, would keep a device id in the home folder from its import on.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

if TYPE_CHECKING:
    from laionet.dataset import from_published, open_dataset
    from laionet.flow import build
    from laionet.flow.comparing.run import compare_datasets
    from laionet.flow.diagnosing.dose import diagnose_dose
    from laionet.flow.diagnosing.explained import diagnose_explained
    from laionet.flow.diagnosing.frequency import diagnose_frequency
    from laionet.flow.diagnosing.frontier import diagnose_frontier
    from laionet.flow.diagnosing.independence import diagnose_independence
    from laionet.flow.diagnosing.nearest_images import diagnose_nearest
    from laionet.flow.diagnosing.searched import diagnose_searched
    from laionet.flow.images import ImageRun
    from laionet.flow.reporting.run import write_report
    from laionet.images import open_pictures
    from laionet.matching import match
    from laionet.models.classifier import open_classifier
    from laionet.models.image import open_image_encoder
    from laionet.models.text import open_text_encoder
    from laionet.models.zero_shot import open_zero_shot
    from laionet.recipe import load_recipe
    from laionet.vocab import load_classes

_HOME = {
    "ImageRun": "laionet.flow.images",
    "build": "laionet.flow",
    "compare_datasets": "laionet.flow.comparing.run",
    "diagnose_dose": "laionet.flow.diagnosing.dose",
    "diagnose_explained": "laionet.flow.diagnosing.explained",
    "diagnose_frequency": "laionet.flow.diagnosing.frequency",
    "diagnose_frontier": "laionet.flow.diagnosing.frontier",
    "diagnose_independence": "laionet.flow.diagnosing.independence",
    "diagnose_nearest": "laionet.flow.diagnosing.nearest_images",
    "diagnose_searched": "laionet.flow.diagnosing.searched",
    "from_published": "laionet.dataset",
    "load_classes": "laionet.vocab",
    "load_recipe": "laionet.recipe",
    "match": "laionet.matching",
    "open_dataset": "laionet.dataset",
    "open_classifier": "laionet.models.classifier",
    "open_image_encoder": "laionet.models.image",
    "open_pictures": "laionet.images",
    "open_text_encoder": "laionet.models.text",
    "open_zero_shot": "laionet.models.zero_shot",
    "write_report": "laionet.flow.reporting.run",
}

__all__ = [
    "ImageRun",
    "build",
    "compare_datasets",
    "diagnose_dose",
    "diagnose_explained",
    "diagnose_frequency",
    "diagnose_frontier",
    "diagnose_independence",
    "diagnose_nearest",
    "diagnose_searched",
    "from_published",
    "load_classes",
    "load_recipe",
    "match",
    "open_classifier",
    "open_dataset",
    "open_image_encoder",
    "open_pictures",
    "open_text_encoder",
    "open_zero_shot",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'laionet' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
