"""Search over matters, guides and announcements: one port, an index on SQLite and one on PostgreSQL (R-2.1.8)."""
