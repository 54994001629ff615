"""proven units: what an outside party proved to a browser, confirmed by a scan

Revision: 0011_proven_units, after 0010_every_way_in
"""

import sqlalchemy as sa
from alembic import op

revision = '0011_proven_units'
down_revision = '0010_every_way_in'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'unit_proofs',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('owner', sa.String(length=64), nullable=False),
        sa.Column('unit_id', sa.String(length=32), nullable=False),
        sa.Column('source', sa.String(length=16), nullable=False),
        sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_unit_proofs_unit_id_units')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_unit_proofs')),
    )
    op.create_index(op.f('ix_unit_proofs_owner'), 'unit_proofs', ['owner'])
    op.create_index(op.f('ix_unit_proofs_expires_at'), 'unit_proofs', ['expires_at'])
    with op.batch_alter_table('scan_logins') as table:
        table.add_column(sa.Column('proof_id', sa.String(length=32), nullable=True))
        table.create_foreign_key(op.f('fk_scan_logins_proof_id_unit_proofs'), 'unit_proofs', ['proof_id'], ['id'])


def downgrade() -> None:
    with op.batch_alter_table('scan_logins') as table:
        table.drop_constraint(op.f('fk_scan_logins_proof_id_unit_proofs'), type_='foreignkey')
        table.drop_column('proof_id')
    op.drop_table('unit_proofs')
