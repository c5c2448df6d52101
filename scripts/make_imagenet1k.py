"""Make the shipped tables of the 1,000 ImageNet classes, ``imagenet1k*.csv``, from WordNet 3.0.

The order of the classes, that of model heads, is the table's own; for a first table it comes from a file:

    python scripts/make_imagenet1k.py                        # again, from the table's order
    python scripts/make_imagenet1k.py --order classes.json   # a JSON list of records with wnid, or a CSV
    python scripts/make_imagenet1k.py --check                # compare only; exit code 1 if it differs

WordNet's licence is written beside the table, as it asks of every copy.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from pathlib import Path

from laionet.errors import ClassListError
from laionet.vocab.custom import COLUMNS, csv_row
from laionet.vocab.tree import TREE, climb, tree_csv
from laionet.vocab.wordnet import WordNet

VOCAB = Path(__file__).resolve().parent.parent / "src" / "laionet" / "vocab"
N_CLASSES = 1000


def read_order(path: Path) -> list[str]:
    """The wnids of a JSON list of records or of a CSV with a column wnid, in its order."""
    with path.open(encoding="utf-8", newline="") as file:
        records = json.load(file) if path.suffix == ".json" else list(csv.DictReader(file))
    wnids = [record["wnid"] for record in records]
    if len(wnids) != N_CLASSES or len(set(wnids)) != N_CLASSES:
        raise ClassListError(f"{path} has {len(set(wnids))} different wnids; {N_CLASSES} are needed.")
    return wnids


def make_table(wordnet: WordNet, wnids: list[str]) -> str:
    """The content of the table."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(csv_row(label, wordnet.synset(wnid)) for label, wnid in enumerate(wnids))
    return out.getvalue()


def main(arguments: list[str] | None = None) -> int:
    """Write or compare the table; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--order", type=Path, help="file with the wnids in label order")
    parser.add_argument("--wordnet", type=Path, help="folder of WordNet 3.0's dict files")
    parser.add_argument("--out", type=Path, default=VOCAB, help="folder of the table")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if a file differs")
    options = parser.parse_args(arguments)

    wordnet = WordNet.find(options.wordnet)
    order = read_order(options.order or options.out / "imagenet1k.csv")
    contents = {
        "imagenet1k.csv": make_table(wordnet, order),
        TREE: tree_csv(climb(order, wordnet)),
        "WORDNET-LICENSE.txt": wordnet.licence(),
    }
    differing = 0
    for name, content in contents.items():
        path = options.out / name
        same = path.is_file() and path.read_bytes() == content.encode()
        if not same and not options.check:
            path.write_bytes(content.encode())
        differing += not same
        print(f"{path}: {'the same' if same else 'differs' if options.check else 'written'}")
    return int(options.check and differing > 0)


if __name__ == "__main__":
    sys.exit(main())
