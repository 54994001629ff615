"""review unit: which unit reviews a case, be it the one in whose name it was handed in, or the person's employer

Revision: 0027_review_unit, after 0026_case_lists
"""

import sqlalchemy as sa
from alembic import op

revision = '0027_review_unit'
down_revision = '0026_case_lists'
branch_labels = None
depends_on = None

_WAITING = "status = 'UNIT_REVIEW'"
_REVIEWED = 'reviewed_at IS NOT NULL'
_INDEXES = (
    ('ix_cases_waiting', _WAITING, ['reviewers', 'submitted_at', 'id']),
    ('ix_cases_waiting_matter', _WAITING, ['matter_id', 'submitted_at', 'id']),
    ('ix_cases_reviewed', _REVIEWED, ['reviewers', 'reviewed_at', 'id']),
    ('ix_cases_reviewed_matter', _REVIEWED, ['matter_id', 'reviewed_at', 'id']),
)


def upgrade() -> None:
    with op.batch_alter_table('cases') as table:
        table.add_column(sa.Column('review_unit_id', sa.String(length=32), nullable=True))
        table.create_foreign_key(op.f('fk_cases_review_unit_id_units'), 'units', ['review_unit_id'], ['id'])
    op.execute("UPDATE cases SET review_unit_id = unit_id WHERE status = 'UNIT_REVIEW' OR reviewed_at IS NOT NULL")
    _index_by('review_unit_id')


def _index_by(unit: str) -> None:
    for name, where, columns in _INDEXES:
        op.drop_index(name, 'cases')
        op.create_index(name, 'cases', [unit, *columns], postgresql_where=sa.text(where))


def downgrade() -> None:
    _index_by('unit_id')
    with op.batch_alter_table('cases') as table:
        table.drop_constraint(op.f('fk_cases_review_unit_id_units'), type_='foreignkey')
        table.drop_column('review_unit_id')
