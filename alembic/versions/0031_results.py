"""results: the documents of decisions; those on cases decided before are made too

Revision: 0031_results, after 0030_ratings
"""

import sqlalchemy as sa
from alembic import op

revision = '0031_results'
down_revision = '0030_ratings'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'case_results',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('decision', sa.String(length=16), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('tries', sa.Integer(), nullable=False),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('number', sa.String(length=24), nullable=True),
        sa.Column('code_print', sa.String(length=64), nullable=False),
        sa.Column('file_id', sa.String(length=32), nullable=True),
        sa.Column('size', sa.Integer(), nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('issued_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('withdrawn_by', sa.String(length=32), nullable=True),
        sa.Column('reason_cipher', sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(['withdrawn_by'], ['staff.id'], name=op.f('fk_case_results_withdrawn_by_staff')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_case_results')),
        sa.UniqueConstraint('number', name=op.f('uq_case_results_number')),
        sa.UniqueConstraint('file_id', name=op.f('uq_case_results_file_id')),
    )
    op.create_index('ix_case_results_state_due_at', 'case_results', ['state', 'due_at'])
    op.execute(
        'INSERT INTO case_results (id, created_at, decision, state, version, tries, due_at, code_print, size, digest)'
        " SELECT id, finished_at, status, 'WAITING', 1, 0, finished_at, '', 0, '' FROM cases"
        " WHERE status IN ('COMPLETED', 'REJECTED', 'NOT_ACCEPTED', 'TRANSFERRED') AND finished_at IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_table('case_results')
