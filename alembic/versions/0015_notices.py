"""notices: what people were told, and what of it they want on their phone

Revision: 0015_notices, after 0014_legacy_upgrade
"""

import sqlalchemy as sa
from alembic import op

revision = '0015_notices'
down_revision = '0014_legacy_upgrade'
branch_labels = None
depends_on = None

UNREAD = sa.text('read_at IS NULL')


def upgrade() -> None:
    op.create_table(
        'notices',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('person_id', sa.String(length=32), nullable=False),
        sa.Column('unit_id', sa.String(length=32), nullable=True),
        sa.Column('institution_id', sa.String(length=32), nullable=True),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('title', sa.String(length=60), nullable=False),
        sa.Column('text_cipher', sa.LargeBinary(), nullable=False),
        sa.Column('href', sa.String(length=200), nullable=False),
        sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_notices_person_id_persons')),
        sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_notices_unit_id_units')),
        sa.ForeignKeyConstraint(
            ['institution_id'], ['institutions.id'], name=op.f('fk_notices_institution_id_institutions')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_notices')),
    )
    op.create_index('ix_notices_person_id_created_at_id', 'notices', ['person_id', 'created_at', 'id'])
    op.create_index('ix_notices_created_at', 'notices', ['created_at'])
    op.create_index('ix_notices_unread', 'notices', ['person_id'], sqlite_where=UNREAD, postgresql_where=UNREAD)
    op.create_table(
        'notice_choices',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('person_id', sa.String(length=32), nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_notice_choices_person_id_persons')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_notice_choices')),
    )
    op.create_index('uq_notice_choices_person_id_kind', 'notice_choices', ['person_id', 'kind'], unique=True)


def downgrade() -> None:
    op.drop_table('notice_choices')
    op.drop_table('notices')
