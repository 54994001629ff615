"""case received: which submission of a case the bureau has, and reviews that were none

Revision: 0028_case_received, after 0027_review_unit
"""

import sqlalchemy as sa
from alembic import op

revision = '0028_case_received'
down_revision = '0027_review_unit'
branch_labels = None
depends_on = None

_LAST = 'coalesce((SELECT max(s.number) FROM case_submissions s WHERE s.case_id = cases.id), 0)'
_NEVER_REVIEWED = (
    "NOT EXISTS (SELECT 1 FROM case_events e WHERE e.case_id = cases.id"
    " AND e.act IN ('APPROVE', 'SEND_BACK', 'DISAPPROVE'))"
)


def upgrade() -> None:
    # The default stays: a portal of the version before, still running meanwhile, begins cases without it.
    op.add_column('cases', sa.Column('received', sa.Integer(), nullable=False, server_default='0'))
    op.execute(
        f"UPDATE cases SET received = CASE WHEN status IN ('UNIT_REVIEW', 'UNIT_RETURNED') THEN {_LAST} - 1"
        f" ELSE {_LAST} END WHERE stage <> '' AND {_LAST} > 0"
    )
    op.execute(f'UPDATE cases SET reviewed_at = NULL WHERE reviewed_at IS NOT NULL AND {_NEVER_REVIEWED}')


def downgrade() -> None:
    with op.batch_alter_table('cases') as table:
        table.drop_column('received')
