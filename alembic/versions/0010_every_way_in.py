"""every way in: puzzles, scan logins with trusted phones, former passwords, "this was not me"

Revision: 0010_every_way_in, after 0009_staff_accounts
"""

import sqlalchemy as sa
from alembic import op

revision = '0010_every_way_in'
down_revision = '0009_staff_accounts'
branch_labels = None
depends_on = None


def _row() -> list[sa.Column]:
    return [
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    ]


def _instant(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        'puzzles',
        *_row(),
        _text('owner', 64),
        _text('seed', 64),
        _text('state', 16),
        _instant('expires_at'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_puzzles')),
    )
    op.create_index(op.f('ix_puzzles_owner'), 'puzzles', ['owner'])
    op.create_index(op.f('ix_puzzles_expires_at'), 'puzzles', ['expires_at'])
    op.create_table(
        'former_passwords',
        *_row(),
        _text('person_id', 32),
        _text('realm', 64),
        _text('password_hash', 128),
        sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_former_passwords_person_id_persons')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_former_passwords')),
    )
    op.create_index('ix_former_passwords_person_id_realm', 'former_passwords', ['person_id', 'realm'])
    op.create_table(
        'login_alerts',
        *_row(),
        _text('token_hash', 64),
        _text('session_id', 32),
        _text('person_id', 32),
        _instant('expires_at'),
        _instant('used_at', nullable=True),
        sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_login_alerts_person_id_persons')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_login_alerts')),
        sa.UniqueConstraint('token_hash', name=op.f('uq_login_alerts_token_hash')),
    )
    op.create_index(op.f('ix_login_alerts_person_id'), 'login_alerts', ['person_id'])
    op.create_index(op.f('ix_login_alerts_expires_at'), 'login_alerts', ['expires_at'])
    op.create_table(
        'trusted_phones',
        *_row(),
        _text('person_id', 32),
        _text('name', 120),
        _text('public_key', 200),
        _text('app', 32),
        _text('app_device', 64),
        _instant('last_used_at'),
        _instant('revoked_at', nullable=True),
        sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_trusted_phones_person_id_persons')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_trusted_phones')),
    )
    op.create_index(op.f('ix_trusted_phones_person_id'), 'trusted_phones', ['person_id'])
    op.create_index(op.f('ix_trusted_phones_public_key'), 'trusted_phones', ['public_key'])
    op.create_table(
        'scan_logins',
        *_row(),
        _text('code_hash', 64),
        _text('owner', 64),
        _text('state', 16),
        _text('device', 120),
        _text('address', 45),
        _text('phone_id', 32, nullable=True),
        _text('person_id', 32, nullable=True),
        _instant('expires_at'),
        sa.ForeignKeyConstraint(
            ['phone_id'], ['trusted_phones.id'], name=op.f('fk_scan_logins_phone_id_trusted_phones')
        ),
        sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_scan_logins_person_id_persons')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_scan_logins')),
        sa.UniqueConstraint('code_hash', name=op.f('uq_scan_logins_code_hash')),
    )
    op.create_index(op.f('ix_scan_logins_owner'), 'scan_logins', ['owner'])
    op.create_index(op.f('ix_scan_logins_expires_at'), 'scan_logins', ['expires_at'])
    op.create_table(
        'spent_nonces',
        _text('key', 64),
        _instant('expires_at'),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_spent_nonces')),
    )
    op.create_index(op.f('ix_spent_nonces_expires_at'), 'spent_nonces', ['expires_at'])
    op.add_column('credentials', sa.Column('reset_required', sa.Boolean(), nullable=False, server_default=sa.false()))
    for table in ('user_sessions', 'login_tickets'):
        op.add_column(table, sa.Column('way', sa.String(length=16), nullable=False, server_default=''))
    op.add_column('user_sessions', sa.Column('device_key', sa.String(length=64), nullable=False, server_default=''))


def downgrade() -> None:
    op.drop_column('user_sessions', 'device_key')
    for table in ('login_tickets', 'user_sessions'):
        op.drop_column(table, 'way')
    op.drop_column('credentials', 'reset_required')
    for table in ('spent_nonces', 'scan_logins', 'trusted_phones', 'login_alerts', 'former_passwords', 'puzzles'):
        op.drop_table(table)
