"""Everything that names a product: adapters next to their SQL, templates and configuration."""
