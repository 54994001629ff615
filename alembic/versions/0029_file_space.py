"""file space: how much a person has handed in of late, and what was withdrawn before it came to the bureau

Revision: 0029_file_space, after 0028_case_received
"""

import sqlalchemy as sa
from alembic import op

revision = '0029_file_space'
down_revision = '0028_case_received'
branch_labels = None
depends_on = None

_NEVER_CAME = "status = 'WITHDRAWN' AND stage = ''"


def upgrade() -> None:
    op.create_index('ix_case_files_person_id_created_at', 'case_files', ['person_id', 'created_at'])
    op.create_index('ix_cases_never_came', 'cases', ['finished_at'], postgresql_where=sa.text(_NEVER_CAME))


def downgrade() -> None:
    op.drop_index('ix_cases_never_came', 'cases')
    op.drop_index('ix_case_files_person_id_created_at', 'case_files')
