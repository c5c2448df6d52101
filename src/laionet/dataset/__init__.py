"""The dataset folder: writing it, opening it, its card, and its other forms."""

from laionet.dataset.export import Export, img2dataset_command, to_img2dataset, to_published
from laionet.dataset.folder import write_folder
from laionet.dataset.opened import Dataset, open_dataset
from laionet.dataset.published import from_published

__all__ = [
    "Dataset",
    "Export",
    "from_published",
    "img2dataset_command",
    "open_dataset",
    "to_img2dataset",
    "to_published",
    "write_folder",
]
