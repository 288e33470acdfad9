"""The reporting database: kept in step by change data capture, and watched over."""
