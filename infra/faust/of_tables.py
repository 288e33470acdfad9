"""Seams with Faust's tables and their stores, by the place here; see infra.faust.seams."""

from __future__ import annotations

from infra.faust.seams import Seam

SEAMS: tuple[Seam, ...] = (
    Seam(
        "faust.tables.recovery.Recovery.__init__",
        "acec96bd78fac09b",
        "infra.faust.recovery.BulkRecovery.__init__",
        "State of its own; bounds the times from which the rest is estimated.",
        reads=("_processing_times",),
    ),
    Seam(
        "faust.tables.recovery.Recovery._set_recovery_ended",
        "84badf3f2cfe0d02",
        "infra.faust.recovery.BulkRecovery._have_moved",
        "Called as Faust's reader does, when enough was read.",
        reads=("_set_recovery_ended",),
    ),
    Seam(
        "faust.tables.recovery.Recovery._set_recovery_started",
        "bcfebf81ae13fc75",
        "infra.faust.recovery.BulkRecovery._set_recovery_started",
        "The end of a recovery before counts no more.",
        reads=("_set_recovery_started",),
    ),
    Seam(
        "faust.tables.recovery.Recovery._slurp_changelogs",
        "7825c7e50f766d5a",
        "infra.faust.recovery.BulkRecovery._slurp_changelogs",
        "Records go from the fetch into the table; the queue stays empty.",
        reads=(
            "_last_flush_at",
            "_standby_events_received_at",
            "_active_events_received_at",
            "_last_active_event_processed_at",
        ),
    ),
    Seam(
        "faust.tables.recovery.Recovery.num_samples_required_for_estimate",
        "40510175845988f1",
        "infra.faust.recovery.BulkRecovery.num_samples_required_for_estimate",
        "Its samples are of many records each.",
    ),
    Seam(
        "faust.tables.manager.TableManager.recovery",
        "f0bf5de78b4c3d23",
        "infra.faust.recovery.Tables.recovery",
        "Names the class of the recovery.",
        reads=("_recovery",),
    ),
    Seam(
        "faust.tables.base.Collection.__init__",
        "95568fc09c76d006",
        "infra.faust.stored_table.StoredTable.__init__",
        "State of its own.",
    ),
    Seam(
        "faust.tables.base.Collection._new_store_by_url",
        "343a8125107d3f69",
        "infra.faust.stored_table.StoredTable._new_store_by_url",
        "The store above.",
        reads=("_new_store_by_url",),
    ),
    Seam(
        "faust.stores.rocksdb.Store.persisted_offset",
        "6f2e502fb86043a1",
        "infra.faust.stored_table.StoredTable.read_up_to",
        "Where the changelog is read up to.",
        reads=("persisted_offset",),
    ),
    Seam(
        "faust.tables.recovery.Recovery._build_offsets",
        "27eec86be06cb51f",
        "infra.faust.stored_table.StoredTable.read_up_to",
        "What recovery takes for read of a changelog without records.",
        reads=("active_offsets",),
    ),
    Seam(
        "faust.assignor.partition_assignor.PartitionAssignor.assigned_actives",
        "cd131e5935099dda",
        "infra.faust.app.ChatStreamApp._owned",
        "Which partitions are this worker's own, without a place for each of all topics.",
        reads=("_assignment",),
    ),
    Seam(
        "faust.tables.base.Collection.on_rebalance",
        "0812ad692171a8fd",
        "infra.faust.stored_table.StoredTable.on_rebalance",
        "Offsets are read anew, old pauses are over.",
    ),
    Seam(
        "faust.stores.rocksdb.Store._db_for_partition",
        "cb7e67d5f9efc4bc",
        "infra.faust.store.MonotoneStore",
        "Batches are written to and read from one partition's database.",
        reads=("_db_for_partition",),
    ),
    Seam(
        "faust.stores.rocksdb.Store.__init__",
        "c7c0fa2989e8ab4a",
        "infra.faust.store.MonotoneStore.__init__",
        "Options that all tables of a process share; the open databases are asked for their size.",
        reads=("_dbs",),
    ),
    Seam(
        "faust.tables.recovery.Recovery.active_remaining_total",
        "b61e82f5a3850445",
        "infra.faust.app.ChatStreamApp.records_to_recover",
        "What recovery lacks, as a metric.",
    ),
    Seam(
        "faust.stores.rocksdb.Store.offset_key",
        "770d099c88343937",
        "infra.faust.store.MonotoneStore.put_batch",
        "The offset is written with the values it belongs to, at once.",
        reads=("offset_key",),
    ),
    Seam(
        "faust.stores.rocksdb.RocksDBOptions.as_options",
        "d2a1bea17736d2eb",
        "infra.faust.memory.SharedOptions.as_options",
        "Buffers and a cache that all databases of a process share.",
    ),
)
