"""case desk: what nobody looks after yet, by region; one matter, whatever the region

Revision: 0023_case_desk, after 0022_case_workflow
"""

import sqlalchemy as sa
from alembic import op

revision = '0023_case_desk'
down_revision = '0022_case_workflow'
branch_labels = None
depends_on = None


def upgrade() -> None:
    free = sa.text('officer_id IS NULL')
    op.create_index(
        'ix_cases_unclaimed',
        'cases',
        ['region', 'status', 'step_by', 'id'],
        sqlite_where=free,
        postgresql_where=free,
    )
    op.create_index('ix_cases_desk_matter', 'cases', ['matter_id', 'status', 'step_by', 'id'])


def downgrade() -> None:
    op.drop_index('ix_cases_desk_matter', 'cases')
    op.drop_index('ix_cases_unclaimed', 'cases')
