"""croissant.json: the dataset described for machines, in MLCommons Croissant 1.0."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pyarrow as pa

from laionet.dataset import layout
from laionet.dataset.text import clean

CONFORMS_TO = "http://mlcommons.org/croissant/1.0"

CITATION = (
    "@article{shirali2023imagenet, title={What Makes {ImageNet} Look Unlike {LAION}}, "
    "author={Shirali, Ali and Hardt, Moritz}, journal={arXiv preprint arXiv:2306.15769}, year={2023}}"
)

#: The standard @context of the format, as its specification prints it.
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}

_CLASS_MEANINGS = {
    "label": "index of the class",
    "wnid": "id of the class",
    "name": "name of the synset",
    "lemmas": "the words for it, separated by bars",
    "definition": "what it means",
    "samples": "rows of the dataset with this label",
}


def describe_croissant(manifest: dict[str, Any], columns: pa.Schema, classes_sha256: str) -> dict[str, Any]:
    """The JSON-LD of a dataset folder.

    Addresses of files are relative to the folder. There is no date of publication, because the same rows
    must give the same bytes; the version's last part is a digest of the data files.

    Args:
        manifest: with its ``dataset`` part.
        columns: schema of the data files.
        classes_sha256: sha256 of ``classes.csv``.
    """
    dataset = manifest["dataset"]
    files = [_file(file["name"], file["sha256"], "application/x-parquet") for file in dataset["files"]]
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": clean(manifest.get("name") or "laionet"),
        "description": (
            f"{dataset['rows']} web captions with the addresses of their images, labelled by text alone "
            f"with {dataset['classes']} classes. No images. Made with laionet; README.md says how."
        ),
        "license": "Captions and addresses stay under the terms of the corpus they come from; see README.md.",
        "version": f"1.0.0+{_digest(dataset['files'])}",
        "citeAs": CITATION,
        "keywords": ["web captions", "image addresses", "distribution shift", "laionet"],
        "url": "https://arxiv.org/abs/2306.15769",
        "rai:dataBiases": "Labels come from captions alone; class frequencies are those of the web.",
        "rai:personalSensitiveInformation": "Captions and images on the web may show or name persons.",
        "distribution": [
            *files,
            {
                "@type": "cr:FileSet",
                "@id": "data-files",
                "description": "All data files.",
                "encodingFormat": "application/x-parquet",
                "includes": f"{layout.DATA}/train-*.parquet",
            },
            _file(layout.CLASSES, classes_sha256, "text/csv"),
        ],
        "recordSet": [_samples(columns), _classes()],
    }


def _file(name: str, sha256: str, encoding: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "encodingFormat": encoding,
        "sha256": sha256,
    }


def _samples(columns: pa.Schema) -> dict[str, Any]:
    fields = [_column(field) for field in columns]
    description = "The labelled captions; rows of one caption are neighbours."
    return {"@type": "cr:RecordSet", "@id": "samples", "description": description, "field": fields}


def _column(field: pa.Field) -> dict[str, Any]:
    meaning = (field.metadata or {}).get(b"meaning", b"").decode() or f"the column {clean(field.name)}"
    described: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"samples/{field.name}",
        "name": field.name,
        "description": meaning,
        "dataType": "sc:URL" if field.name == "url" else _data_type(field.type),
        "source": {"fileSet": {"@id": "data-files"}, "extract": {"column": field.name}},
    }
    if pa.types.is_list(field.type):
        described["repeated"] = True
    return described


def _data_type(type_: pa.DataType) -> str:
    if pa.types.is_list(type_):
        return _data_type(type_.value_type)
    if pa.types.is_boolean(type_):
        return "sc:Boolean"
    if pa.types.is_integer(type_):
        return "sc:Integer"
    return "sc:Float" if pa.types.is_floating(type_) else "sc:Text"


def _classes() -> dict[str, Any]:
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"classes/{name}",
            "name": name,
            "description": _CLASS_MEANINGS[name],
            "dataType": "sc:Integer" if name in ("label", "samples") else "sc:Text",
            "source": {"fileObject": {"@id": layout.CLASSES}, "extract": {"column": name}},
        }
        for name in layout.CLASS_COLUMNS
    ]
    return {
        "@type": "cr:RecordSet",
        "@id": "classes",
        "description": "The classes that labels are indices of.",
        "key": {"@id": "classes/label"},
        "field": fields,
    }


def _digest(files: list[dict[str, Any]]) -> str:
    return hashlib.sha256(json.dumps([file["sha256"] for file in files]).encode()).hexdigest()[:12]
