"""case lists: an index for each way in which a list is narrowed, on PostgreSQL of the few cases it is about

Revision: 0026_case_lists, after 0025_case_reviews
"""

import sqlalchemy as sa
from alembic import op

revision = '0026_case_lists'
down_revision = '0025_case_reviews'
branch_labels = None
depends_on = None

_SCHOOLS = 'institution_id IS NOT NULL'
_WAITING = "status = 'UNIT_REVIEW'"
_REVIEWED = 'reviewed_at IS NOT NULL'
_IN_PROCESS = "status IN ('SUBMITTED', 'ACCEPTED', 'CORRECTION')"
_FREE = 'officer_id IS NULL'
_UNCLAIMED = f'{_FREE} AND {_IN_PROCESS}'

_INDEXES = (
    ('ix_cases_house_matter', None, ['house_id', 'matter_id', 'submitted_at', 'id']),
    ('ix_cases_house_matter_status', None, ['house_id', 'matter_id', 'status', 'submitted_at', 'id']),
    ('ix_cases_institution', _SCHOOLS, ['institution_id', 'submitted_at', 'id']),
    ('ix_cases_institution_status', _SCHOOLS, ['institution_id', 'status', 'submitted_at', 'id']),
    ('ix_cases_institution_matter', _SCHOOLS, ['institution_id', 'matter_id', 'submitted_at', 'id']),
    ('ix_cases_institution_matter_status', _SCHOOLS, ['institution_id', 'matter_id', 'status', 'submitted_at', 'id']),
    ('ix_cases_alone', 'unit_id IS NULL AND institution_id IS NULL', ['person_id', 'submitted_at', 'id']),
    ('ix_cases_handed_in', 'unit_id IS NOT NULL', ['person_id', 'unit_id', 'matter_id', 'submitted_at', 'id']),
    ('ix_cases_waiting', _WAITING, ['unit_id', 'reviewers', 'submitted_at', 'id']),
    ('ix_cases_waiting_matter', _WAITING, ['unit_id', 'matter_id', 'submitted_at', 'id']),
    ('ix_cases_reviewed', _REVIEWED, ['unit_id', 'reviewers', 'reviewed_at', 'id']),
    ('ix_cases_reviewed_matter', _REVIEWED, ['unit_id', 'matter_id', 'reviewed_at', 'id']),
    ('ix_cases_desk', _IN_PROCESS, ['region', 'status', 'step_by', 'id']),
    ('ix_cases_desk_everywhere', _IN_PROCESS, ['status', 'step_by', 'id']),
    ('ix_cases_desk_matter', _IN_PROCESS, ['region', 'matter_id', 'status', 'step_by', 'id']),
    ('ix_cases_desk_matter_everywhere', _IN_PROCESS, ['matter_id', 'status', 'step_by', 'id']),
    ('ix_cases_unclaimed', _UNCLAIMED, ['region', 'status', 'step_by', 'id']),
    ('ix_cases_unclaimed_everywhere', _UNCLAIMED, ['status', 'step_by', 'id']),
    ('ix_cases_unclaimed_matter', _UNCLAIMED, ['region', 'matter_id', 'status', 'step_by', 'id']),
    ('ix_cases_unclaimed_matter_everywhere', _UNCLAIMED, ['matter_id', 'status', 'step_by', 'id']),
    ('ix_cases_officer', _IN_PROCESS, ['officer_id', 'status', 'step_by', 'id']),
)
_BEFORE = (
    ('ix_cases_institution', ['institution_id', 'submitted_at', 'id']),
    ('ix_cases_reviewed', ['unit_id', 'reviewed_at', 'id']),
    ('ix_cases_desk', ['region', 'status', 'step_by', 'id']),
    ('ix_cases_desk_everywhere', ['status', 'step_by', 'id']),
    ('ix_cases_desk_matter', ['matter_id', 'status', 'step_by', 'id']),
    ('ix_cases_officer', ['officer_id', 'status', 'step_by', 'id']),
    ('ix_cases_matter_id', ['matter_id']),
)
_ROLES = ('LEGAL_REP', 'ADMIN', 'AGENT')


def upgrade() -> None:
    for name, _ in (*_BEFORE, ('ix_cases_unclaimed', [])):
        op.drop_index(name, 'cases')
    _put_roles_in_order()
    for name, where, columns in _INDEXES:
        free = {'sqlite_where': sa.text(_FREE)} if where == _UNCLAIMED else {}
        only = {'postgresql_where': sa.text(where)} if where else {}
        op.create_index(name, 'cases', columns, **only, **free)


def _put_roles_in_order() -> None:
    connection = op.get_bind()
    for (roles,) in connection.execute(sa.text('SELECT DISTINCT reviewers FROM cases')).all():
        ordered = ' '.join(role for role in _ROLES if role in roles.split())
        if ordered != roles:
            connection.execute(
                sa.text('UPDATE cases SET reviewers = :ordered WHERE reviewers = :roles'),
                {'ordered': ordered, 'roles': roles},
            )


def downgrade() -> None:
    for name, _, _ in _INDEXES:
        op.drop_index(name, 'cases')
    for name, columns in _BEFORE:
        op.create_index(name, 'cases', columns)
    free = sa.text(_FREE)
    op.create_index(
        'ix_cases_unclaimed',
        'cases',
        ['region', 'status', 'step_by', 'id'],
        sqlite_where=free,
        postgresql_where=free,
    )
