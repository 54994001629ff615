"""the catalogue: matters with versions, announcements, city fronts, search

Revision: 0003_catalog, after 0002_audit_archive
"""

import sqlalchemy as sa
from alembic import op

revision = '0003_catalog'
down_revision = '0002_audit_archive'
branch_labels = None
depends_on = None


def _text(length: int) -> sa.String:
    return sa.String(length=length)


def _instant(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        'matters',
        sa.Column('id', _text(32), nullable=False),
        _instant('created_at'),
        sa.Column('key', _text(60), nullable=False),
        sa.Column('name', _text(120), nullable=False),
        sa.Column('summary', _text(120), nullable=False),
        sa.Column('kind', _text(8), nullable=False),
        sa.Column('category', _text(60), nullable=False),
        sa.Column('subcategory', _text(60), nullable=False),
        sa.Column('sides', _text(40), nullable=False),
        sa.Column('online', _text(16), nullable=False),
        sa.Column('online_url', _text(300), nullable=False),
        sa.Column('online_name', _text(60), nullable=False),
        sa.Column('can_apply', sa.Boolean(), nullable=False),
        sa.Column('place', _text(80), nullable=False),
        sa.Column('featured', sa.Integer(), nullable=False),
        sa.Column('heat', sa.Integer(), nullable=False),
        sa.Column('hot_order', sa.Integer(), nullable=False),
        sa.Column('status', _text(16), nullable=False),
        sa.Column('version_id', _text(32), nullable=True),
        sa.Column('version_number', sa.Integer(), nullable=False),
        _instant('changed_at'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_matters')),
        sa.UniqueConstraint('key', name=op.f('uq_matters_key')),
    )
    op.create_index('ix_matters_status_place', 'matters', ['status', 'place'])
    op.create_index('ix_matters_hot', 'matters', ['status', 'category', 'hot_order', 'place'])
    op.create_index('ix_matters_popular', 'matters', ['status', 'hot_order', 'place'])
    op.create_table(
        'matter_versions',
        sa.Column('id', _text(32), nullable=False),
        _instant('created_at'),
        sa.Column('matter_id', _text(32), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('status', _text(16), nullable=False),
        sa.Column('digest', _text(64), nullable=False),
        sa.Column('definition', sa.Text(), nullable=False),
        _instant('published_at', nullable=True),
        _instant('retired_at', nullable=True),
        sa.ForeignKeyConstraint(['matter_id'], ['matters.id'], name=op.f('fk_matter_versions_matter_id_matters')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_matter_versions')),
        sa.UniqueConstraint('matter_id', 'number', name=op.f('uq_matter_versions_matter_id_number')),
    )
    op.create_table(
        'matter_facets',
        sa.Column('facet', _text(12), nullable=False),
        sa.Column('value', _text(60), nullable=False),
        sa.Column('matter_id', _text(32), nullable=False),
        sa.ForeignKeyConstraint(['matter_id'], ['matters.id'], name=op.f('fk_matter_facets_matter_id_matters')),
        sa.PrimaryKeyConstraint('facet', 'value', 'matter_id', name=op.f('pk_matter_facets')),
    )
    op.create_index(op.f('ix_matter_facets_matter_id'), 'matter_facets', ['matter_id'])
    op.create_table(
        'matter_stats',
        sa.Column('matter_id', _text(32), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('views', sa.Integer(), nullable=False),
        sa.Column('applications', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['matter_id'], ['matters.id'], name=op.f('fk_matter_stats_matter_id_matters')),
        sa.PrimaryKeyConstraint('matter_id', 'day', name=op.f('pk_matter_stats')),
    )
    op.create_index(op.f('ix_matter_stats_day'), 'matter_stats', ['day'])
    op.create_table(
        'announcements',
        sa.Column('id', _text(32), nullable=False),
        _instant('created_at'),
        sa.Column('key', _text(60), nullable=False),
        sa.Column('title', _text(120), nullable=False),
        sa.Column('kind', _text(8), nullable=False),
        sa.Column('region', _text(6), nullable=False),
        sa.Column('issued_by', _text(120), nullable=False),
        sa.Column('issued_on', sa.Date(), nullable=False),
        sa.Column('summary', _text(160), nullable=False),
        sa.Column('status', _text(16), nullable=False),
        sa.Column('digest', _text(64), nullable=False),
        sa.Column('definition', sa.Text(), nullable=False),
        _instant('changed_at'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_announcements')),
        sa.UniqueConstraint('key', name=op.f('uq_announcements_key')),
    )
    op.create_index('ix_announcements_status_order', 'announcements', ['status', 'issued_on', 'key'])
    op.create_table(
        'city_fronts',
        sa.Column('region', _text(6), nullable=False),
        sa.Column('bureau', _text(120), nullable=False),
        sa.Column('digest', _text(64), nullable=False),
        sa.Column('definition', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('region', name=op.f('pk_city_fronts')),
    )
    op.create_table(
        'catalog_loads',
        sa.Column('name', _text(40), nullable=False),
        sa.Column('digest', _text(64), nullable=False),
        _instant('loaded_at'),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_catalog_loads')),
    )
    op.create_table(
        'search_documents',
        sa.Column('id', sa.Integer(), nullable=False, autoincrement=False),
        sa.Column('kind', _text(16), nullable=False),
        sa.Column('key', _text(60), nullable=False),
        sa.Column('title', _text(120), nullable=False),
        sa.Column('folded_title', _text(120), nullable=False),
        sa.Column('pinyin', _text(800), nullable=False),
        sa.Column('initials', _text(120), nullable=False),
        sa.Column('aliases', sa.Text(), nullable=False),
        sa.Column('summary', _text(200), nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
        sa.Column('group', _text(60), nullable=False),
        sa.Column('scopes', sa.Text(), nullable=False),
        sa.Column('can_apply', sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_search_documents')),
        sa.UniqueConstraint('kind', 'key', name=op.f('uq_search_documents_kind_key')),
    )
    op.create_index('ix_search_documents_title', 'search_documents', ['folded_title'])
    # The words themselves lie where each database searches best; both hold tokens we made (services/search).
    if op.get_bind().dialect.name == 'sqlite':
        op.execute(
            "CREATE VIRTUAL TABLE search_index USING fts5("
            "tokens, tokenize='unicode61 remove_diacritics 0', detail='none', prefix='2 3 4')"
        )
    else:
        op.execute('CREATE TABLE search_index (rowid integer PRIMARY KEY, tokens tsvector NOT NULL)')
        op.execute('CREATE INDEX ix_search_index_tokens ON search_index USING gin (tokens) WITH (fastupdate = off)')
        # The planner does not know that reading a long tsvector is dear, and would read them all rather than the index.
        op.execute(
            'CREATE FUNCTION search_rows(wanted tsquery, most integer) RETURNS SETOF integer LANGUAGE sql STABLE '
            'SET enable_seqscan = off SET enable_indexscan = off AS '
            "'SELECT rowid FROM search_index WHERE tokens @@ wanted ORDER BY rowid LIMIT most'"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name != 'sqlite':
        op.execute('DROP FUNCTION search_rows(tsquery, integer)')
    op.execute('DROP TABLE search_index')
    for table in (
        'search_documents',
        'catalog_loads',
        'city_fronts',
        'announcements',
        'matter_stats',
        'matter_facets',
        'matter_versions',
        'matters',
    ):
        op.drop_table(table)
