"""Every seam; see infra.faust.seams."""

from __future__ import annotations

from infra.faust import of_aiokafka, of_faust, of_tables

SEAMS = (*of_faust.SEAMS, *of_tables.SEAMS, *of_aiokafka.SEAMS)
