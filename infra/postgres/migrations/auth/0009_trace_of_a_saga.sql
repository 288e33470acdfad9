-- The trace context (W3C traceparent) of the wish that began the saga, for all of its steps; null where
-- it began before this column. Owner: the user service.
alter table sagas add column trace text;
