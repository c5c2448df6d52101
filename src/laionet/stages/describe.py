"""describe: embeddings and predictions of each picture (paper, Sections 2 and 3, Appendices B and D)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from laionet.errors import ModelError
from laionet.images.decode import MAX_PIXELS, Picture, decode
from laionet.recipe import Describe, Recipe
from laionet.schema import PICTURES, Drop
from laionet.schema import field as column
from laionet.stage import Needs, Outcome
from laionet.stages.describing import Describing, open_describing

if TYPE_CHECKING:
    from PIL.Image import Image

    from laionet.vocab import ClassList

__all__ = ["DescribeStage", "Described", "Describer", "Describing", "describe_stage", "described_schema"]


@dataclass(frozen=True)
class Described:
    """One model of the stage, as known without loading its weights.

    Attributes:
        name: as it was asked for.
        title: what its columns are called after: the name, or a folder's last part.
        digest: of all files that determine its numbers.
        dim: length of an embedding.
        encoder, classifier, zero_shot: what it is used as; it is loaded once and runs once.
        label_map: a file that names the classes of its head, where its own names do not.
        label_digest: sha256 of which of our classes each output is; "" for no classifier.
    """

    name: str
    title: str
    digest: str
    dim: int
    encoder: bool = False
    classifier: bool = False
    zero_shot: bool = False
    label_map: str | None = None
    label_digest: str = ""


@dataclass(frozen=True)
class DescribeStage:
    """Pictures to embeddings and predictions; made by ``describe_stage``.

    Attributes:
        models: what to run.
        classes: our class list.
        text: the synset text of zero-shot models: a template's name or a text of one's own.
        top_k: predictions kept.
        precision: arithmetic of the models.
        max_pixels: larger pictures are dropped.
        device, threads: speed only.
    """

    models: tuple[Described, ...]
    classes: ClassList
    text: str = "name-def"
    top_k: int = 5
    precision: str = "fp32"
    max_pixels: int = MAX_PIXELS
    device: str = "auto"
    threads: int = 0

    name = "describe"
    version = 2
    needs = Needs(cpus=1, gpus=1)
    reads = PICTURES
    writes = pa.schema([])  # each stage has its own, known before any model is loaded: see __post_init__

    def __post_init__(self) -> None:
        object.__setattr__(self, "writes", described_schema(self.models, self.top_k))

    @classmethod
    def of(cls, recipe: Recipe, classes: ClassList) -> DescribeStage:
        """The stage of a recipe; see ``describe_stage``."""
        return describe_stage(
            classes,
            recipe.describe,
            text=recipe.classes.text,
            label_maps=recipe.describe.label_maps,
            max_pixels=recipe.fetch.max_pixels,
            device=recipe.run.device,
        )

    def identity(self) -> Mapping[str, Any]:
        """The models with their classes and uses, the texts, k, the precision, the preprocessing, the limit."""
        from laionet.models.preprocess import VERSION

        zero_shot = any(model.zero_shot for model in self.models)
        return {
            "models": [
                [m.title, m.digest, m.encoder, m.classifier, m.zero_shot, m.label_digest] for m in self.models
            ],
            "wnids": list(self.classes.wnids),
            "texts": self.classes.texts(self.text) if zero_shot else [],
            "top_k": self.top_k,
            "precision": self.precision,
            "preprocessing": VERSION,
            "max_pixels": self.max_pixels,
        }

    def open(self) -> Callable[[pa.Table], Outcome]:
        """Load the models on their device."""
        return Describer(self.open_describing(), self.writes, self.max_pixels)

    def open_describing(self) -> Describing:
        """Load the models: the part behind decoding, for a pass that shares decoded pictures."""
        return open_describing(self)


def describe_stage(
    classes: ClassList,
    settings: Describe,
    *,
    text: str = "name-def",
    label_maps: Mapping[str, str] | None = None,
    max_pixels: int = MAX_PIXELS,
    device: str = "auto",
    threads: int = 0,
) -> DescribeStage:
    """The stage for a recipe's section ``describe``.

    Models are found, and downloaded where they are not cached, but not loaded.

    Args:
        classes: our class list.
        settings: models, k and precision; a preset such as ``paper`` is written out.
        text: the synset text of zero-shot models.
        label_maps: for a classifier, a file that names the class of each of its outputs.
        max_pixels: larger pictures are dropped.
        device: auto, cpu, cuda, cuda:N or mps.
        threads: threads that decode and prepare pictures; 0 for the stage's own choice.

    Raises:
        ModelError: for a model that cannot be had or cannot do what it is asked for, a classifier without any
            of our classes, two models of one title, or no model at all.
    """
    from laionet.models.presets import expand

    encoders, classifiers = expand(settings.encoders), expand(settings.classifiers)
    names = tuple(dict.fromkeys((*encoders, *classifiers, *settings.zero_shot)))
    maps = label_maps or {}
    if not names:
        raise ModelError("nothing to describe pictures with; name encoders, classifiers or zero_shot")
    if unknown := sorted(set(maps) - set(classifiers)):
        raise ModelError(f"a label map for {unknown[0]}, which is no classifier of this run")
    models = tuple(
        _described(
            name,
            classes,
            encoder=name in encoders,
            classifier=name in classifiers,
            zero_shot=name in settings.zero_shot,
            label_map=maps.get(name),
        )
        for name in names
    )
    titles = [model.title for model in models]
    if twice := [title for title in titles if titles.count(title) > 1]:
        raise ModelError(f"two models would have columns of the name {twice[0]!r}; rename one's folder")
    stage = DescribeStage(models, classes, text, settings.top_k, settings.precision, max_pixels, device, threads)
    stage.identity()  # a text that the classes cannot have shows here, not in a worker
    return stage


def described_schema(models: Sequence[Described], top_k: int) -> pa.Schema:
    """The columns that the stage writes: of each sample, then of each encoder, classifier, zero-shot model."""
    labels, shares = pa.list_(pa.int32(), top_k), pa.list_(pa.float32(), top_k)
    fields = [f for f in PICTURES if f.name in ("sample", "wnid", "label")]
    for model in models:
        if model.encoder:
            kind = pa.list_(pa.float32(), model.dim)
            meaning = f"embedding of the image by {model.title}, of length 1; null where it overflowed"
            fields.append(column(f"embedding/{model.title}", kind, meaning))
    for model in models:
        if model.classifier:
            fields += [
                column(
                    f"top/{model.title}",
                    labels,
                    f"labels of the {top_k} most probable classes of {model.title}, best first; -1 for a class"
                    " that is not in the class list",
                ),
                column(f"probability/{model.title}", shares, "their probabilities, 0 to 1"),
            ]
    for model in models:
        if model.zero_shot:
            fields += [
                column(
                    f"zero_shot/{model.title}",
                    labels,
                    f"labels of the {top_k} classes whose synset texts {model.title} finds most similar to the"
                    " image, best first; -1 where there are fewer",
                ),
                column(
                    f"synset_similarity/{model.title}",
                    pa.float32(),
                    f"cosine of the image and its own class's synset text by {model.title}, -1 to 1",
                ),
            ]
    return pa.schema(fields)


class Describer:
    """Decodes the pictures of a batch and describes them."""

    def __init__(self, describing: Describing, writes: pa.Schema, max_pixels: int = MAX_PIXELS) -> None:
        self.describing = describing
        self._writes, self._max_pixels = writes, max_pixels

    def __call__(self, table: pa.Table) -> Outcome:
        """Describe one batch of ``PICTURES``."""
        images, reasons = table["image"], dict[int, Drop]()

        def read(at: int) -> Image | None:
            found = self._decode(images[at].as_py())
            if isinstance(found, Drop):
                reasons[at] = found
                return None
            return found.image

        seen = self.describing.see(range(len(table)), read)
        kept = [at for at in range(len(table)) if at not in reasons]
        rows = table.select(["sample", "wnid", "label"]).take(pa.array(kept, pa.int64()))
        columns = self.describing.columns(seen, rows["label"].to_numpy())
        arrays = [rows[f.name] if f.name in rows.column_names else columns[f.name] for f in self._writes]
        return Outcome(
            table=pa.table(arrays, schema=self._writes),
            dropped={
                reason: np.array([at for at in sorted(reasons) if reasons[at] is reason], dtype=np.int64)
                for reason in Drop
                if reason in reasons.values()
            },
            kept=len(kept),
            counts={f"not_finite/{name}": n for name, n in self.describing.not_finite(seen).items() if n},
        )

    def _decode(self, data: bytes | None) -> Picture | Drop:
        return Drop.NO_IMAGE if data is None else decode(data, max_pixels=self._max_pixels)


def _described(name: str, classes: ClassList, *, label_map: str | None, **uses: bool) -> Described:
    from laionet.models.classifier import labels_of
    from laionet.models.image import image_facts
    from laionet.models.text import encoder_digest
    from laionet.models.zero_shot import check_zero_shot

    facts = image_facts(name)
    digest, label_digest = facts.digest, ""
    if uses["classifier"]:
        ours = labels_of(facts, name, classes, label_map).ours
        label_digest = hashlib.sha256(ours.tobytes()).hexdigest()
    if uses["zero_shot"]:
        check_zero_shot(name, facts)
        digest = f"{digest} {encoder_digest(name)}"
    return Described(name, _title(name), digest, facts.dim, label_map=label_map, label_digest=label_digest, **uses)


def _title(name: str) -> str:
    """A model's name in columns: of a folder its last part, so that results do not depend on where it lies."""
    from laionet.models.image import OPEN_CLIP, TIMM

    kind = next((prefix for prefix in (TIMM, OPEN_CLIP) if name.startswith(prefix)), "")
    folder = Path(name.removeprefix(kind)).expanduser()
    return kind + folder.resolve().name if folder.is_dir() else name
