"""How RocksDB uses memory: what the tables of a process share.

A worker of `stats` has six tables of eight partitions, each a database of its own, and most of them
are hardly written. With buffers and a cache for each they could take 1.1 GB; here all of a process
together have BUFFERS for what is not in files yet, and CACHE for what is read from files.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import rocksdict
from faust.stores import rocksdb

BUFFERS = 64 << 20
CACHE = 64 << 20

# Of one database: a buffer that is full is written to a file whoever else has room left.
_BUFFER = 4 << 20
_BUFFERS_AT_MOST = 2
# Faust's default is 90 % of the file descriptors, for each database.
_OPEN_FILES = 128
_BLOOM_BITS = 10


@cache
def buffers() -> rocksdict.WriteBufferManager:
    """The bound on all buffers of this process; past it the next database written to empties one.

    A write never waits for that.
    """
    return rocksdict.WriteBufferManager(BUFFERS, False)


@cache
def block_cache() -> rocksdict.Cache:
    """The cache of all databases of this process."""
    return rocksdict.Cache(CACHE)


class SharedOptions(rocksdb.RocksDBOptions):
    """The options of a table's databases, in place of Faust's."""

    def as_options(self) -> Any:
        """See Faust's class, which calls it for every database that it opens."""
        blocks = rocksdict.BlockBasedOptions()
        blocks.set_bloom_filter(_BLOOM_BITS, block_based=False)
        blocks.set_block_cache(block_cache())
        options = rocksdict.Options(raw_mode=True)
        options.create_if_missing(True)
        options.set_max_open_files(_OPEN_FILES)
        options.set_write_buffer_size(_BUFFER)
        options.set_max_write_buffer_number(_BUFFERS_AT_MOST)
        options.set_write_buffer_manager(buffers())
        options.set_block_based_table_factory(blocks)
        return options
