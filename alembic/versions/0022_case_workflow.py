"""case workflow: where a case stands at the bureau, its limits, what was done with it, and what was handed in when

Cases that have been submitted are placed at their first step, without limits: those begin with the next act.

Revision: 0022_case_workflow, after 0021_cases
"""

import json
import uuid
from datetime import date, datetime, timedelta, timezone

import sqlalchemy as sa
from alembic import op

revision = '0022_case_workflow'
down_revision = '0021_cases'
branch_labels = None
depends_on = None

_INDEXES = (
    ('ix_cases_house', ['house_id', 'submitted_at', 'id']),
    ('ix_cases_house_status', ['house_id', 'status', 'submitted_at', 'id']),
    ('ix_cases_institution', ['institution_id', 'submitted_at', 'id']),
    ('ix_cases_person', ['person_id', 'submitted_at', 'id']),
    ('ix_cases_reviewed', ['unit_id', 'reviewed_at', 'id']),
    ('ix_cases_desk', ['region', 'status', 'step_by', 'id']),
    ('ix_cases_desk_everywhere', ['status', 'step_by', 'id']),
    ('ix_cases_officer', ['officer_id', 'status', 'step_by', 'id']),
    ('ix_cases_answer_by', ['answer_by']),
)
_ADDED = (
    'role',
    'house_id',
    'stage',
    'returned',
    'answer_by',
    'step_by',
    'promised_by',
    'stopped_on',
    'paused_on',
    'officer_id',
    'handed_in_at',
    'accepted_at',
    'reviewed_at',
    'moved_at',
    'finished_at',
)


def upgrade() -> None:
    with op.batch_alter_table('cases') as table:
        table.add_column(sa.Column('role', sa.String(length=24), nullable=False, server_default=''))
        table.add_column(sa.Column('house_id', sa.String(length=32), nullable=True))
        table.add_column(sa.Column('stage', sa.String(length=60), nullable=False, server_default=''))
        table.add_column(sa.Column('returned', sa.Integer(), nullable=False, server_default='0'))
        for name in ('answer_by', 'step_by', 'promised_by', 'stopped_on', 'paused_on'):
            table.add_column(sa.Column(name, sa.Date(), nullable=True))
        table.add_column(sa.Column('officer_id', sa.String(length=32), nullable=True))
        for name in ('handed_in_at', 'accepted_at', 'reviewed_at', 'moved_at', 'finished_at'):
            table.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        table.create_foreign_key(op.f('fk_cases_house_id_units'), 'units', ['house_id'], ['id'])
        table.create_foreign_key(op.f('fk_cases_officer_id_staff'), 'staff', ['officer_id'], ['id'])
    with op.batch_alter_table('case_files') as table:
        table.add_column(sa.Column('submission', sa.Integer(), nullable=False, server_default='0'))
    with op.batch_alter_table('case_files') as table:
        table.alter_column('submission', server_default=None, existing_type=sa.Integer())
    with op.batch_alter_table('cases') as table:
        table.alter_column('role', server_default=None, existing_type=sa.String(length=24))
        table.alter_column('stage', server_default=None, existing_type=sa.String(length=60))
        table.alter_column('returned', server_default=None, existing_type=sa.Integer())
    for name, columns in _INDEXES:
        op.create_index(name, 'cases', columns)
    op.drop_index('ix_cases_institution_id', 'cases')
    op.create_table(
        'case_events',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('case_id', sa.String(length=32), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('act', sa.String(length=16), nullable=False),
        sa.Column('status', sa.String(length=16), nullable=False),
        sa.Column('stage', sa.String(length=60), nullable=False),
        sa.Column('at_stage', sa.String(length=60), nullable=False),
        sa.Column('person_id', sa.String(length=32), nullable=True),
        sa.Column('staff_id', sa.String(length=32), nullable=True),
        sa.Column('grant_id', sa.String(length=32), nullable=True),
        sa.Column('role', sa.String(length=24), nullable=False),
        sa.Column('answer_by', sa.Date(), nullable=True),
        sa.Column('said_cipher', sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_events_case_id_cases')),
        sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_case_events_person_id_persons')),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_case_events_staff_id_staff')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_case_events')),
        sa.UniqueConstraint('case_id', 'position', name=op.f('uq_case_events_case_id_position')),
    )
    op.create_table(
        'case_submissions',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('case_id', sa.String(length=32), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('version_id', sa.String(length=32), nullable=False),
        sa.Column('person_id', sa.String(length=32), nullable=False),
        sa.Column('files', sa.Text(), nullable=False),
        sa.Column('answers_cipher', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_submissions_case_id_cases')),
        sa.ForeignKeyConstraint(
            ['version_id'], ['matter_versions.id'], name=op.f('fk_case_submissions_version_id_matter_versions')
        ),
        sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_case_submissions_person_id_persons')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_case_submissions')),
        sa.UniqueConstraint('case_id', 'number', name=op.f('uq_case_submissions_case_id_number')),
    )
    _place_submitted(op.get_bind())


def _answer_by(submitted: datetime) -> date:
    """Ninety days from the submission, and time enough to hear of it."""
    zone = timezone(timedelta(hours=8))
    return max(
        submitted.astimezone(zone).date() + timedelta(days=90), datetime.now(zone).date() + timedelta(days=14)
    )


def _place_submitted(connection: sa.Connection) -> None:
    connection.execute(sa.text('UPDATE cases SET house_id = unit_id WHERE unit_id IS NOT NULL'))
    connection.execute(sa.text('UPDATE cases SET handed_in_at = submitted_at'))
    connection.execute(
        sa.text(
            'UPDATE cases SET house_id = (SELECT unit_id FROM institutions WHERE institutions.id = cases.institution_id)'
            ' WHERE institution_id IS NOT NULL'
        )
    )
    connection.execute(
        sa.text(
            "UPDATE case_files SET submission = 1 WHERE state = 'STORED'"
            ' AND case_id IN (SELECT id FROM cases WHERE number IS NOT NULL)'
        )
    )
    connection.execute(
        sa.text(
            "UPDATE cases SET role = COALESCE((SELECT role FROM grants WHERE grants.id = cases.grant_id), '')"
            ' WHERE grant_id IS NOT NULL'
        )
    )
    placed = sa.text(
        'SELECT cases.id, cases.status, cases.person_id, cases.grant_id, cases.role, cases.submitted_at,'
        ' matter_versions.definition FROM cases JOIN matter_versions ON matter_versions.id = cases.version_id'
        " WHERE cases.number IS NOT NULL"
    )
    events = sa.table(
        'case_events',
        *(
            sa.column(name, kind)
            for name, kind in (
                ('id', sa.String()),
                ('created_at', sa.DateTime(timezone=True)),
                ('case_id', sa.String()),
                ('position', sa.Integer()),
                ('act', sa.String()),
                ('status', sa.String()),
                ('stage', sa.String()),
                ('at_stage', sa.String()),
                ('person_id', sa.String()),
                ('grant_id', sa.String()),
                ('role', sa.String()),
            )
        ),
    )
    when = sa.DateTime(timezone=True)
    cases = sa.table('cases', *(sa.column(name) for name in ('id', 'status', 'stage')),
        sa.column('accepted_at', when), sa.column('moved_at', when), sa.column('answer_by', sa.Date()))
    for row in connection.execute(placed.columns(submitted_at=when)).all():
        workflow = json.loads(row.definition).get('workflow') or {'steps': []}
        steps = [step for step in workflow['steps'] if not step.get('when')]
        first = steps[0] if steps and row.status == 'SUBMITTED' else {'key': '', 'kind': '受理'}
        status = 'ACCEPTED' if first['kind'] != '受理' else row.status
        accepted = row.submitted_at if status == 'ACCEPTED' else None
        connection.execute(
            sa.update(cases)
            .where(cases.c.id == row.id)
            .values(
                status=status,
                stage=first['key'],
                accepted_at=accepted,
                moved_at=row.submitted_at,
                answer_by=_answer_by(row.submitted_at) if status == 'UNIT_REVIEW' else None,
            )
        )
        connection.execute(
            sa.insert(events).values(
                id=uuid.uuid4().hex,
                created_at=row.submitted_at,
                case_id=row.id,
                position=1,
                act='SUBMIT',
                status=status,
                stage=first['key'],
                at_stage='',
                person_id=row.person_id,
                grant_id=row.grant_id,
                role=row.role,
            )
        )


def downgrade() -> None:
    with op.batch_alter_table('case_files') as table:
        table.drop_column('submission')
    op.drop_table('case_submissions')
    op.drop_table('case_events')
    op.create_index('ix_cases_institution_id', 'cases', ['institution_id'])
    for name, _ in _INDEXES:
        op.drop_index(name, 'cases')
    with op.batch_alter_table('cases') as table:
        table.drop_constraint(op.f('fk_cases_house_id_units'), type_='foreignkey')
        table.drop_constraint(op.f('fk_cases_officer_id_staff'), type_='foreignkey')
        for name in _ADDED:
            table.drop_column(name)
