"""account settings: where a unit wants its documents sent; a person's own entries of the trail, newest first;
exports of one's own data

Revision: 0017_account, after 0016_unit_info
"""

import sqlalchemy as sa
from alembic import op

revision = '0017_account'
down_revision = '0016_unit_info'
branch_labels = None
depends_on = None

THE_DEFAULT = sa.text('is_default')


def upgrade() -> None:
    op.drop_index('ix_audit_entries_person_id', table_name='audit_entries')
    op.create_index('ix_audit_entries_of_person', 'audit_entries', ['person_id', 'created_at', 'id'])
    op.create_table(
        'addresses',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('unit_id', sa.String(length=32), nullable=False),
        sa.Column('division', sa.String(length=6), nullable=False),
        sa.Column('name_cipher', sa.LargeBinary(), nullable=False),
        sa.Column('mobile_cipher', sa.LargeBinary(), nullable=False),
        sa.Column('detail_cipher', sa.LargeBinary(), nullable=False),
        sa.Column('is_default', sa.Boolean(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_addresses_unit_id_units')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_addresses')),
    )
    op.create_index('ix_addresses_unit_id', 'addresses', ['unit_id'])
    op.create_index(
        'uq_addresses_one_default',
        'addresses',
        ['unit_id'],
        unique=True,
        sqlite_where=THE_DEFAULT,
        postgresql_where=THE_DEFAULT,
    )
    op.create_table(
        'data_exports',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('person_id', sa.String(length=32), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('progress', sa.Integer(), nullable=False),
        sa.Column('tries', sa.Integer(), nullable=False),
        sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
        sa.Column('content_cipher', sa.LargeBinary(), nullable=True),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_data_exports_person_id_persons')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_data_exports')),
    )
    op.create_index('ix_data_exports_person_id_created_at', 'data_exports', ['person_id', 'created_at'])
    op.create_index('ix_data_exports_state', 'data_exports', ['state'])
    op.create_index('ix_data_exports_expires_at', 'data_exports', ['expires_at'])


def downgrade() -> None:
    op.drop_table('data_exports')
    op.drop_table('addresses')
    op.drop_index('ix_audit_entries_of_person', table_name='audit_entries')
    op.create_index('ix_audit_entries_person_id', 'audit_entries', ['person_id'])
