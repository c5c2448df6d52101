"""The parts of a recipe: every knob, its unit, its default."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A part of a recipe: frozen, and no knob that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Classes(Section):
    """Which classes, which lemmas stand for them, which text describes them."""

    source: str = Field("imagenet1k", description="imagenet1k, wordnet:NAME,..., subtree:NAME, or a CSV file")
    depth: int | None = Field(None, ge=0, description="levels below a subtree's root; none takes its leaves")
    lemmas: Literal["unique-in-list", "unique-in-wordnet", "all"] = Field(
        "unique-in-list", description="which lemmas count; the paper's is unique-in-list"
    )
    text: str = Field("name-def", description="synset text: a template's name, or a string with {name} ...")
    wordnet: str | None = Field(None, description="folder of WordNet 3.0's dict files, for other synsets")


class Corpus(Section):
    """Where captions come from."""

    files: tuple[str, ...] = Field((), description="files, folders, globs or URIs (s3, gs, https, hf)")
    layout: str = Field("auto", description="auto, or the name of a layout: see laionet corpus --layouts")
    columns: dict[str, str] = Field({}, description="column map of one's own, for example caption = 'alt'")
    rows_per_shard: int = Field(1_000_000, ge=1, description="rows of one unit of work, about")


class Match(Section):
    """Condition 1 of the paper: a lemma is in the caption."""

    rules: Literal["web", "paper"] = Field("web", description="what counts as the same word")
    plurals: bool = Field(False, description="the plural of a lemma's last word counts too")


class Score(Section):
    """Similarity of caption and synset text."""

    encoder: str = Field("embedded", description="embedded, a Hugging Face checkpoint, or its folder")
    precision: Literal["fp32", "bf16", "fp16", "int8"] = Field(
        "fp32", description="arithmetic of the encoder: fp32, bf16, fp16 (GPU) or int8 (processor)"
    )


class Select(Section):
    """Condition 2 of the paper, and its measures of safety and quality."""

    threshold: float = Field(0.5, ge=-1, le=1, description="keep similarity strictly above this; cosine")
    several_classes: Literal["lemmas", "labels", "best", "keep"] = Field(
        "lemmas",
        description="caption of several classes: dropped if lemmas of several are in it (paper), if several "
        "pass the threshold (labels), only the most similar class stays (best), or all stay (keep)",
    )
    nsfw_keep: tuple[str, ...] | None = Field(("UNLIKELY",), description="NSFW tags to keep; false: any")
    max_punsafe: float | None = Field(0.5, ge=0, le=1, description="keep punsafe up to this; false: any")
    max_nsfw_score: float | None = Field(0.5, ge=0, le=1, description="keep nsfw_score up to this; false: any")
    duplicate_captions: Literal["keep", "exact", "near"] = Field("keep", description="drop later ones")
    duplicate_urls: Literal["keep", "exact", "near"] = Field("keep", description="drop later ones")
    top_k: int | None = Field(None, ge=1, description="keep the k most similar of each class")
    cap: int | None = Field(None, ge=1, description="keep at most so many of each class, drawn by the seed")


class Sweep(Section):
    """Curves over thresholds (Figures 3 and 11)."""

    step: float = Field(0.005, gt=0, le=0.1, description="distance of thresholds; cosine")
    keep_classes: float = Field(
        0.95, gt=0, le=1, description="the suggested threshold keeps this share of the classes that have any"
    )


class Fetch(Section):
    """Addresses to images, or the reason why not."""

    keep: Literal["tar", "parquet", "none"] = Field(
        "tar", description="images as webdataset tar, in parquet, or looked at in passing and not kept (none)"
    )
    rows_per_shard: int = Field(1_000, ge=1, description="samples of one shard")
    max_bytes: int = Field(20_000_000, ge=1, description="largest answer that is read; bytes")
    max_pixels: int = Field(100_000_000, ge=1, description="largest image that is decoded; pixels")
    resize: int | None = Field(
        None,
        ge=16,
        description="shrink so that the shorter side has so many pixels; false: bytes as sent",
    )
    timeout_s: float = Field(15.0, gt=0, description="seconds for one try, from asking to the last byte")
    tries: int = Field(3, ge=1, description="tries where another can help: no answer, 429, 5xx")
    robots: bool = Field(True, description="honour robots.txt")
    opt_out: bool = Field(True, description="honour X-Robots-Tag: noai, noimageai, noindex, noimageindex")
    user_agent: str = Field(
        "laionet (+https://arxiv.org/abs/2306.15769)", description="how requests introduce themselves"
    )


class ReadText(Section):
    """Text in the image, and whether it names the class."""

    engine: Literal["rapidocr", "east-trocr", "none"] = Field(
        "rapidocr", description="text reader: rapidocr (comes along), the paper's EAST and TrOCR, or none"
    )
    east: str | None = Field(None, description="file of the EAST detector's weights, for east-trocr")
    trocr: str = Field("microsoft/trocr-base-stage1", description="text recogniser of east-trocr")
    min_confidence: float = Field(0.5, ge=0, le=1, description="of a recognised line, to count as read")
    drop: bool = Field(True, description="drop images that spell a lemma of their class; false: mark them only")
    method: Literal["tolerant", "paper"] = Field(
        "tolerant", description="how a lemma is looked for in the text; paper: as a substring, in lower case"
    )


class Pictures(Section):
    """A dataset of labelled images to describe, in place of a corpus; for reference datasets."""

    where: str = Field("", description="folder, file, glob, or hf:NAME; empty: the images that fetch kept")
    layout: str = Field("auto", description="auto, or a layout of images: see docs/images.md")
    labels: str | None = Field(
        None, description="the devkit of imagenet-val; or what labels that are numbers count"
    )
    split: str = Field("validation", description="which part of a dataset of Hugging Face")


class Describe(Section):
    """Embeddings and predictions."""

    encoders: tuple[str, ...] = Field(
        ("openai/clip-vit-base-patch32",),
        description="image encoders: checkpoints, folders, timm:NAME, open_clip:NAME, mini-web/clip",
    )
    classifiers: tuple[str, ...] = Field((), description="classifiers: checkpoints, folders, or paper (its 29)")
    zero_shot: tuple[str, ...] = Field((), description="CLIP or SigLIP models that classify by the synset texts")
    label_maps: dict[str, str] = Field(
        {}, description="classifier to a file of the classes of its outputs, where its names do not say them"
    )
    top_k: int = Field(5, ge=1, description="predictions kept of each classifier")
    precision: Literal["fp32", "bf16", "fp16"] = Field("fp32", description="arithmetic of the models")


class Run(Section):
    """How fast and where; nothing here changes a result."""

    engine: Literal["local", "ray"] = Field(
        "local", description="what maps stages over shards: processes of this machine, or Ray"
    )
    ray_address: str = Field(
        "", description="Ray cluster: auto or host:port; empty takes RAY_ADDRESS, or starts Ray on this machine"
    )
    retries: int = Field(2, ge=0, description="times Ray begins a shard again whose worker or node was lost")
    workers: int = Field(0, ge=0, description="processes at once; 0: one per core, or per GPU")
    device: str = Field("auto", description="auto, cpu, cuda, cuda:1, mps")
    batch_tokens: int = Field(0, ge=0, description="tokens encoded at once; 0: the encoder's own choice")
    shard_timeout_s: float | None = Field(None, gt=0, description="seconds until a shard counts as hung")
    batch_images: int = Field(64, ge=1, description="images looked at together")
    connections: int = Field(128, ge=1, description="requests under way at once")
    connections_per_host: int = Field(8, ge=1, description="requests under way at one host")
    hosts: dict[str, str] = Field(
        {},
        description="host or domain to address:port, instead of the name service; may be private",
    )
    keep_dropped: bool = Field(False, description="write the dropped rows too, with their reasons")
