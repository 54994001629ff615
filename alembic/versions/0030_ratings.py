"""ratings: how finished cases were rated, once each, and the rectification of bad ratings

Revision: 0030_ratings, after 0029_file_space
"""

import sqlalchemy as sa
from alembic import op

revision = '0030_ratings'
down_revision = '0029_file_space'
branch_labels = None
depends_on = None

_UNRATED = 'rated_at IS NULL'
_TO_RATE = f"{_UNRATED} AND status IN ('COMPLETED', 'REJECTED', 'NOT_ACCEPTED', 'TRANSFERRED')"
_INDEXES = {
    'ix_cases_to_rate': ['unit_id', 'status', 'submitted_at', 'id'],
    'ix_cases_to_rate_matter': ['unit_id', 'matter_id', 'status', 'submitted_at', 'id'],
    'ix_cases_to_rate_institution': ['institution_id', 'status', 'submitted_at', 'id'],
}


def upgrade() -> None:
    with op.batch_alter_table('cases') as table:
        table.add_column(sa.Column('rated_at', sa.DateTime(timezone=True), nullable=True))
    for name, columns in _INDEXES.items():
        op.create_index(
            name, 'cases', columns, postgresql_where=sa.text(_TO_RATE), sqlite_where=sa.text(_UNRATED)
        )
    op.create_table(
        'ratings',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('case_id', sa.String(length=32), nullable=False),
        sa.Column('matter_id', sa.String(length=32), nullable=False),
        sa.Column('person_id', sa.String(length=32), nullable=False),
        sa.Column('level', sa.Integer(), nullable=False),
        sa.Column('reasons', sa.String(length=80), nullable=False),
        sa.Column('reasons_version', sa.Integer(), nullable=False),
        sa.Column('words_cipher', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_ratings_case_id_cases')),
        sa.ForeignKeyConstraint(['matter_id'], ['matters.id'], name=op.f('fk_ratings_matter_id_matters')),
        sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_ratings_person_id_persons')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_ratings')),
        sa.UniqueConstraint('case_id', name=op.f('uq_ratings_case_id')),
    )
    op.create_index('ix_ratings_matter_id_level', 'ratings', ['matter_id', 'level'])
    op.create_index(op.f('ix_ratings_person_id'), 'ratings', ['person_id'])
    op.create_table(
        'rectifications',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('rating_id', sa.String(length=32), nullable=False),
        sa.Column('region', sa.String(length=6), nullable=False),
        sa.Column('due_by', sa.Date(), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('staff_id', sa.String(length=32), nullable=True),
        sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('done_cipher', sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(['rating_id'], ['ratings.id'], name=op.f('fk_rectifications_rating_id_ratings')),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_rectifications_staff_id_staff')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_rectifications')),
        sa.UniqueConstraint('rating_id', name=op.f('uq_rectifications_rating_id')),
    )
    op.create_index('ix_rectifications_state_due_by', 'rectifications', ['state', 'due_by', 'id'])
    op.create_index('ix_rectifications_state_closed_at', 'rectifications', ['state', 'closed_at', 'id'])


def downgrade() -> None:
    op.drop_table('rectifications')
    op.drop_table('ratings')
    for name in _INDEXES:
        op.drop_index(name, 'cases')
    with op.batch_alter_table('cases') as table:
        table.drop_column('rated_at')
