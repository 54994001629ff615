"""case exports: Excel files of lists of cases, made in batches, kept for a day

Revision: 0024_case_exports, after 0023_case_desk
"""

import sqlalchemy as sa
from alembic import op

revision = '0024_case_exports'
down_revision = '0023_case_desk'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'case_exports',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('person_id', sa.String(length=32), nullable=False),
        sa.Column('unit_id', sa.String(length=32), nullable=True),
        sa.Column('institution_id', sa.String(length=32), nullable=True),
        sa.Column('grant_id', sa.String(length=32), nullable=True),
        sa.Column('basis', sa.String(length=64), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('total', sa.Integer(), nullable=False),
        sa.Column('made', sa.Integer(), nullable=False),
        sa.Column('place', sa.String(length=80), nullable=False),
        sa.Column('tries', sa.Integer(), nullable=False),
        sa.Column('claim', sa.String(length=32), nullable=False),
        sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('wanted_cipher', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_case_exports_person_id_persons')),
        sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_case_exports_unit_id_units')),
        sa.ForeignKeyConstraint(
            ['institution_id'], ['institutions.id'], name=op.f('fk_case_exports_institution_id_institutions')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_case_exports')),
    )
    op.create_index('ix_case_exports_person_id_created_at', 'case_exports', ['person_id', 'created_at'])
    op.create_index('ix_case_exports_state', 'case_exports', ['state'])
    op.create_index(op.f('ix_case_exports_expires_at'), 'case_exports', ['expires_at'])
    op.create_table(
        'case_export_parts',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('export_id', sa.String(length=32), nullable=False),
        sa.Column('kind', sa.String(length=8), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('content_cipher', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ['export_id'], ['case_exports.id'], name=op.f('fk_case_export_parts_export_id_case_exports')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_case_export_parts')),
        sa.UniqueConstraint('export_id', 'kind', 'number', name=op.f('uq_case_export_parts_export_id_kind_number')),
    )


def downgrade() -> None:
    op.drop_table('case_export_parts')
    op.drop_table('case_exports')
