"""grants: scope, notices before they end, their history; one administrator, one grant per person

Revision: 0007_grants, after 0006_announcement_files
"""

import sqlalchemy as sa
from alembic import op

revision = '0007_grants'
down_revision = '0006_announcement_files'
branch_labels = None
depends_on = None

_ADMIN = sa.text("role = 'ADMIN' AND status = 'GRANTED'")
_NOT_LEGAL_REP = sa.text("role <> 'LEGAL_REP' AND status = 'GRANTED'")


def upgrade() -> None:
    op.add_column('grants', sa.Column('scope', sa.Text(), nullable=False, server_default=''))
    op.add_column('grants', sa.Column('expiry_told', sa.Integer(), nullable=False, server_default='0'))
    op.create_index(
        'uq_grants_one_admin', 'grants', ['unit_id'], unique=True, sqlite_where=_ADMIN, postgresql_where=_ADMIN
    )
    op.create_index(
        'uq_grants_one_per_person',
        'grants',
        ['unit_id', 'person_id'],
        unique=True,
        sqlite_where=_NOT_LEGAL_REP,
        postgresql_where=_NOT_LEGAL_REP,
    )
    op.create_index('ix_grants_ending', 'grants', ['status', 'valid_until'])
    op.create_table(
        'grant_events',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('grant_id', sa.String(length=32), nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('by_person_id', sa.String(length=32), nullable=False),
        sa.Column('by_role', sa.String(length=24), nullable=False),
        sa.Column('valid_from', sa.Date(), nullable=True),
        sa.Column('valid_until', sa.Date(), nullable=True),
        sa.Column('scope', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['grant_id'], ['grants.id'], name=op.f('fk_grant_events_grant_id_grants')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_grant_events')),
    )
    op.create_index(op.f('ix_grant_events_grant_id'), 'grant_events', ['grant_id'])


def downgrade() -> None:
    op.drop_table('grant_events')
    op.drop_index('ix_grants_ending', table_name='grants')
    op.drop_index('uq_grants_one_per_person', table_name='grants')
    op.drop_index('uq_grants_one_admin', table_name='grants')
    op.drop_column('grants', 'expiry_told')
    op.drop_column('grants', 'scope')
