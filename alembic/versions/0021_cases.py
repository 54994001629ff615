"""cases: applications from the draft on, what is filled in, and their files

Revision: 0021_cases, after 0020_account_closing
"""

import sqlalchemy as sa
from alembic import op

revision = '0021_cases'
down_revision = '0020_account_closing'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'cases',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('person_id', sa.String(length=32), nullable=False),
        sa.Column('unit_id', sa.String(length=32), nullable=True),
        sa.Column('institution_id', sa.String(length=32), nullable=True),
        sa.Column('grant_id', sa.String(length=32), nullable=True),
        sa.Column('matter_id', sa.String(length=32), nullable=False),
        sa.Column('version_id', sa.String(length=32), nullable=False),
        sa.Column('matter_name', sa.String(length=120), nullable=False),
        sa.Column('region', sa.String(length=6), nullable=False),
        sa.Column('status', sa.String(length=16), nullable=False),
        sa.Column('step', sa.String(length=16), nullable=False),
        sa.Column('number', sa.String(length=50), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_cases_person_id_persons')),
        sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_cases_unit_id_units')),
        sa.ForeignKeyConstraint(
            ['institution_id'], ['institutions.id'], name=op.f('fk_cases_institution_id_institutions')
        ),
        sa.ForeignKeyConstraint(['matter_id'], ['matters.id'], name=op.f('fk_cases_matter_id_matters')),
        sa.ForeignKeyConstraint(['version_id'], ['matter_versions.id'], name=op.f('fk_cases_version_id_matter_versions')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cases')),
        sa.UniqueConstraint('number', name=op.f('uq_cases_number')),
    )
    op.create_index('ix_cases_person_id_status', 'cases', ['person_id', 'status', 'saved_at'])
    op.create_index('ix_cases_unit_id_status', 'cases', ['unit_id', 'status', 'saved_at'])
    op.create_index(op.f('ix_cases_institution_id'), 'cases', ['institution_id'])
    op.create_index(op.f('ix_cases_matter_id'), 'cases', ['matter_id'])
    op.create_index(op.f('ix_cases_expires_at'), 'cases', ['expires_at'])
    op.create_table(
        'case_forms',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('typed_cipher', sa.LargeBinary(), nullable=False),
        sa.Column('answers_cipher', sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_case_forms')),
    )
    op.create_table(
        'case_files',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('case_id', sa.String(length=32), nullable=False),
        sa.Column('field', sa.String(length=60), nullable=False),
        sa.Column('person_id', sa.String(length=32), nullable=False),
        sa.Column('name_cipher', sa.LargeBinary(), nullable=False),
        sa.Column('media_type', sa.String(length=100), nullable=False),
        sa.Column('size', sa.Integer(), nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('reason', sa.String(length=16), nullable=False),
        sa.Column('pages', sa.Integer(), nullable=False),
        sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_files_case_id_cases')),
        sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_case_files_person_id_persons')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_case_files')),
    )
    op.create_index('ix_case_files_case_id_field', 'case_files', ['case_id', 'field'])
    op.create_index(op.f('ix_case_files_state'), 'case_files', ['state'])
    op.create_index(op.f('ix_case_files_expires_at'), 'case_files', ['expires_at'])


def downgrade() -> None:
    op.drop_table('case_files')
    op.drop_table('case_forms')
    op.drop_table('cases')
