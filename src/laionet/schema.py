"""What each stage reads and writes: columns, meanings, units, and the closed list of reasons to drop a row.

Every table that laionet writes has one of the schemas below, in this column order.
"""

from __future__ import annotations

from enum import StrEnum

import pyarrow as pa


class Drop(StrEnum):
    """Why a row did not go on. The list is closed: a new reason is a change of the design."""

    BAD_ROW = "bad_row"
    """A line of a text file with the wrong number of fields."""
    NO_CAPTION = "no_caption"
    """The caption is null or empty."""
    NOT_TEXT = "not_text"
    """The caption is not valid UTF-8."""
    NO_LEMMA = "no_lemma"
    """No lemma of any class is in the caption."""
    BELOW_THRESHOLD = "below_threshold"
    """The similarity to the synset text is not above the threshold."""
    NOT_FINITE = "not_finite"
    """The text encoder gave no finite similarity."""
    SEVERAL_CLASSES = "several_classes"
    """The caption belongs to more than one class."""
    UNSAFE = "unsafe"
    """The corpus marks the row as not safe, or not surely safe."""
    SAFETY_UNKNOWN = "safety_unknown"
    """The corpus has a safety mark, but this row's is missing."""
    DUPLICATE_CAPTION = "duplicate_caption"
    """An earlier row kept the same caption."""
    NEAR_DUPLICATE_CAPTION = "near_duplicate_caption"
    """An earlier row kept the same words up to case, punctuation and order."""
    DUPLICATE_URL = "duplicate_url"
    """An earlier row kept the same image address."""
    BEYOND_TOP_K = "beyond_top_k"
    """The class has k more similar captions."""
    BEYOND_CAP = "beyond_cap"
    """The class is full; the rows that stay were drawn with the seed."""

    NO_URL = "no_url"
    """The row has no image address."""
    BAD_URL = "bad_url"
    """The address is not an http or https one that can be asked for."""
    PRIVATE_ADDRESS = "private_address"
    """The address, or one that it redirects to, is not of the public network."""
    ROBOTS = "robots"
    """The host's robots.txt asks not to be visited there."""
    OPTED_OUT = "opted_out"
    """The answer's X-Robots-Tag asks not to be used so."""
    DNS = "dns"
    """The host has no address."""
    REFUSED = "refused"
    """The host takes no connection."""
    TLS = "tls"
    """The host's certificate or its encryption does not hold."""
    TIMEOUT = "timeout"
    """No whole answer in time."""
    BROKEN_OFF = "broken_off"
    """The connection broke before the answer was whole, or the answer was no HTTP."""
    REDIRECTS = "redirects"
    """Redirected too often, or to nowhere."""
    HTTP_4XX = "http_4xx"
    """Answered with a status of 400 to 499: gone, forbidden, too many requests."""
    HTTP_5XX = "http_5xx"
    """Answered with a status of 500 to 599."""
    HTTP_OTHER = "http_other"
    """Answered with another status that brings no image."""
    EMPTY = "empty"
    """An answer without a body."""
    TOO_LARGE = "too_large"
    """More bytes than the limit."""
    NOT_AN_IMAGE = "not_an_image"
    """The bytes are of no image format that is read."""
    UNDECODABLE = "undecodable"
    """An image that is broken."""
    TOO_MANY_PIXELS = "too_many_pixels"
    """An image of more pixels than the limit."""
    NO_IMAGE = "no_image"
    """No image was kept for the row."""
    SPELLS_CLASS = "spells_class"
    """The image has a lemma of its class written in it."""
    UNKNOWN_LABEL = "unknown_label"
    """A reference image's label is no class of the list."""


def field(name: str, type_: pa.DataType, meaning: str, *, nullable: bool = True) -> pa.Field:
    """An Arrow field that carries its own meaning, shown in the data card."""
    return pa.field(name, type_, nullable=nullable, metadata={b"meaning": meaning.encode()})


#: What every corpus reader yields, whatever the file's own columns were called.
CORPUS = pa.schema(
    [
        field("file", pa.string(), "name of the corpus file, relative to the corpus root", nullable=False),
        field("row", pa.int64(), "position of the row in its file, from 0", nullable=False),
        field("laion_row", pa.int64(), "the paper's row id, part * 100,000,000 + position; null off LAION"),
        field("caption", pa.string(), "alt text as the corpus has it"),
        field("url", pa.string(), "address of the image"),
        field("nsfw", pa.string(), "safety tag of the corpus: UNLIKELY, UNSURE, NSFW"),
        field("punsafe", pa.float32(), "probability that the image is unsafe, 0 to 1"),
        field("nsfw_score", pa.float32(), "not-safe-for-work score of the corpus, 0 to 1"),
        field("width", pa.int32(), "image width that the corpus states, pixels"),
        field("height", pa.int32(), "image height that the corpus states, pixels"),
        field("image_text_similarity", pa.float32(), "the corpus's own CLIP image-text cosine"),
    ]
)

#: What is read for candidates alone, once the captions have been searched.
PAYLOAD = pa.schema([f for f in CORPUS if f.name not in ("file", "row", "laion_row", "caption")])

#: One row per (caption, class): a candidate. Rows of one caption are neighbours.
MATCHED = pa.schema(
    [
        *(f for f in CORPUS if f.name in ("file", "row", "laion_row", "caption")),
        field("wnid", pa.string(), "class whose lemma the caption contains", nullable=False),
        field("lemmas", pa.list_(pa.string()), "the lemmas found, in class order", nullable=False),
        field(
            "found_by",
            pa.list_(pa.string()),
            "for each lemma, the mildest rules that find it: paper, case, hyphen, spacing, plural, several",
            nullable=False,
        ),
        field("n_classes", pa.int32(), "number of classes with a lemma in this caption", nullable=False),
    ]
)

#: Candidates with the other columns of their corpus row.
CANDIDATES = pa.schema([*CORPUS, *(f for f in MATCHED if f.name not in CORPUS.names)])

#: Candidates with the similarity of their caption to their class's synset text.
SCORED = pa.schema(
    [
        *CANDIDATES,
        field("similarity", pa.float32(), "cosine of caption and synset text, -1 to 1", nullable=False),
        field("truncated", pa.bool_(), "the caption was longer than the encoder reads", nullable=False),
    ]
)

#: The dataset: labelled rows. ``label`` is the index of the class in the class list.
DATASET = pa.schema(
    [
        *SCORED,
        field("label", pa.int32(), "index of the class in the class list", nullable=False),
    ]
)

#: Images on their way through read_text and describe: one row a sample, the same for every dataset.
PICTURES = pa.schema(
    [
        field("sample", pa.string(), "id of the sample in its dataset", nullable=False),
        field("wnid", pa.string(), "class of the sample", nullable=False),
        field("label", pa.int32(), "index of the class in the class list", nullable=False),
        field("caption", pa.string(), "alt text; null where the dataset has none"),
        field("url", pa.string(), "address of the image; null where the dataset has none"),
        field("image", pa.binary(), "bytes of the image file"),
    ]
)

#: What came of each address: one row a sample, kept or not.
FETCHED = pa.schema(
    [
        *(f for f in PICTURES if f.name != "image"),
        field("status", pa.string(), "ok, or the reason why there is no image", nullable=False),
        field("http_status", pa.int32(), "of the last answer; null without one"),
        field("tries", pa.int32(), "requests made for it", nullable=False),
        field("final_url", pa.string(), "where redirects led; null without any"),
        field("format", pa.string(), "format of the image file, as JPEG"),
        field("width", pa.int32(), "after rotation by EXIF; pixels"),
        field("height", pa.int32(), "after rotation by EXIF; pixels"),
        field("changes", pa.list_(pa.string()), "what reading it as RGB takes: see images.Change", nullable=False),
        field("bytes", pa.int64(), "size of the answer"),
        field("sha256", pa.string(), "of the answer's bytes, hex"),
    ]
)

#: Text found in images: one row for each that can be read, whether it goes on or not.
READ = pa.schema(
    [
        *(f for f in PICTURES if f.name not in ("image", "url", "caption")),
        field("text", pa.string(), "recognised text, lines joined by newline; empty without any", nullable=False),
        field("lines", pa.int32(), "recognised lines", nullable=False),
        field("confidence", pa.float32(), "lowest of the lines', 0 to 1; null without any"),
        field("spelled", pa.list_(pa.string()), "lemmas of the class that the text holds", nullable=False),
        field("kept", pa.bool_(), "whether the picture goes on", nullable=False),
    ]
)
