"""grants: scope, notices before they end, their history; institutions; first passwords

Revision: 0007_grants, after 0006_announcement_files
"""

import sqlalchemy as sa
from alembic import op

revision = '0007_grants'
down_revision = '0006_announcement_files'
branch_labels = None
depends_on = None

_ADMIN = sa.text("role = 'ADMIN' AND status = 'GRANTED'")
_IN_THE_UNIT = sa.text("role IN ('ADMIN', 'AGENT') AND status = 'GRANTED'")
_INSTITUTION = sa.text("role = 'INSTITUTION_ADMIN' AND status = 'GRANTED'")


def upgrade() -> None:
    op.create_table(
        'institutions',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('unit_id', sa.String(length=32), nullable=False),
        sa.Column('number', sa.String(length=16), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('level', sa.String(length=12), nullable=False),
        sa.Column('region', sa.String(length=6), nullable=False),
        sa.Column('address', sa.String(length=300), nullable=False),
        sa.Column('status', sa.String(length=16), nullable=False),
        sa.Column('registered_by', sa.String(length=32), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_institutions_unit_id_units')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_institutions')),
        sa.UniqueConstraint('number', name=op.f('uq_institutions_number')),
    )
    op.create_index(op.f('ix_institutions_unit_id'), 'institutions', ['unit_id'])
    op.add_column('credentials', sa.Column('must_change', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('credentials', sa.Column('void_after', sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table('grants') as table:
        table.add_column(sa.Column('institution_id', sa.String(length=32), nullable=True))
        table.create_foreign_key(
            op.f('fk_grants_institution_id_institutions'), 'institutions', ['institution_id'], ['id']
        )
    with op.batch_alter_table('user_sessions') as table:
        table.add_column(sa.Column('proved', sa.String(length=64), nullable=False, server_default=''))
        table.add_column(sa.Column('institution_id', sa.String(length=32), nullable=True))
        table.create_foreign_key(
            op.f('fk_user_sessions_institution_id_institutions'), 'institutions', ['institution_id'], ['id']
        )
    op.create_index(op.f('ix_user_sessions_institution_id'), 'user_sessions', ['institution_id'])
    with op.batch_alter_table('login_tickets') as table:
        table.add_column(sa.Column('proved', sa.String(length=64), nullable=False, server_default=''))
        table.add_column(sa.Column('institution_id', sa.String(length=32), nullable=True))
        table.create_foreign_key(
            op.f('fk_login_tickets_institution_id_institutions'), 'institutions', ['institution_id'], ['id']
        )
    op.create_index(
        'uq_grants_one_institution_admin',
        'grants',
        ['institution_id'],
        unique=True,
        sqlite_where=_INSTITUTION,
        postgresql_where=_INSTITUTION,
    )
    op.add_column('grants', sa.Column('scope', sa.Text(), nullable=False, server_default=''))
    op.add_column('grants', sa.Column('expiry_told', sa.Integer(), nullable=False, server_default='0'))
    op.create_index(
        'uq_grants_one_admin', 'grants', ['unit_id'], unique=True, sqlite_where=_ADMIN, postgresql_where=_ADMIN
    )
    op.create_index(
        'uq_grants_one_per_person',
        'grants',
        ['unit_id', 'person_id'],
        unique=True,
        sqlite_where=_IN_THE_UNIT,
        postgresql_where=_IN_THE_UNIT,
    )
    op.create_index('ix_grants_ending', 'grants', ['status', 'valid_until'])
    op.create_table(
        'grant_events',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('grant_id', sa.String(length=32), nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('by_person_id', sa.String(length=32), nullable=False),
        sa.Column('by_role', sa.String(length=24), nullable=False),
        sa.Column('valid_from', sa.Date(), nullable=True),
        sa.Column('valid_until', sa.Date(), nullable=True),
        sa.Column('scope', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['grant_id'], ['grants.id'], name=op.f('fk_grant_events_grant_id_grants')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_grant_events')),
    )
    op.create_index(op.f('ix_grant_events_grant_id'), 'grant_events', ['grant_id'])


def downgrade() -> None:
    op.drop_index('uq_grants_one_institution_admin', table_name='grants')
    op.drop_index(op.f('ix_user_sessions_institution_id'), table_name='user_sessions')
    for name in ('login_tickets', 'user_sessions'):
        with op.batch_alter_table(name) as table:
            table.drop_column('proved')
    for name in ('login_tickets', 'user_sessions', 'grants'):
        with op.batch_alter_table(name) as table:
            table.drop_constraint(op.f(f'fk_{name}_institution_id_institutions'), type_='foreignkey')
            table.drop_column('institution_id')
    op.drop_column('credentials', 'void_after')
    op.drop_column('credentials', 'must_change')
    op.drop_table('grant_events')
    op.drop_index('ix_grants_ending', table_name='grants')
    op.drop_index('uq_grants_one_per_person', table_name='grants')
    op.drop_index('uq_grants_one_admin', table_name='grants')
    op.drop_column('grants', 'expiry_told')
    op.drop_column('grants', 'scope')
    op.drop_table('institutions')
