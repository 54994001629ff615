"""what a unit says of itself besides the registry's facts, and every change of it

The category and the organisation code of the units that are there already are in their credit codes (GB 32100-2015).

Revision: 0016_unit_info, after 0015_notices
"""

import sqlalchemy as sa
from alembic import op

revision = '0016_unit_info'
down_revision = '0015_notices'
branch_labels = None
depends_on = None

COLUMNS = (('org_code', 9), ('subordination', 2), ('category', 2), ('public_nature', 2))


def upgrade() -> None:
    for name, length in COLUMNS:
        op.add_column('units', sa.Column(name, sa.String(length=length), nullable=False, server_default=''))
    op.execute("UPDATE units SET category = substr(uscc, 1, 2), org_code = substr(uscc, 9, 9)")
    op.create_table(
        'unit_changes',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('unit_id', sa.String(length=32), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('person_id', sa.String(length=32), nullable=False),
        sa.Column('role', sa.String(length=24), nullable=False),
        sa.Column('grant_id', sa.String(length=32), nullable=False),
        sa.Column('changes', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_unit_changes_unit_id_units')),
        sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_unit_changes_person_id_persons')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_unit_changes')),
        sa.UniqueConstraint('unit_id', 'version', name=op.f('uq_unit_changes_unit_id_version')),
    )
    op.create_index('ix_unit_changes_place', 'unit_changes', ['unit_id', 'created_at', 'id'])


def downgrade() -> None:
    op.drop_table('unit_changes')
    for name, _ in reversed(COLUMNS):
        op.drop_column('units', name)
