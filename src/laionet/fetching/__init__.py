"""Addresses to bytes: what may be asked for, how politely, and the reason where nothing comes."""

from laionet.fetching.passing import FetchSource
from laionet.fetching.rows import ASKED, OK, Fetched, Rows, TableRows, TableSlice
from laionet.fetching.shard import FetchJob, fetch_key, fetch_shard, finished_fetch, retry_all_failed, retry_failed

__all__ = [
    "ASKED",
    "OK",
    "FetchJob",
    "FetchSource",
    "Fetched",
    "Rows",
    "TableRows",
    "TableSlice",
    "fetch_key",
    "fetch_shard",
    "finished_fetch",
    "retry_all_failed",
    "retry_failed",
]
