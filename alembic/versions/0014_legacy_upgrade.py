"""legacy upgrade: accounts handed over by the old systems, what was upgraded, the legal representative's phone

Revision: 0014_legacy_upgrade, after 0013_outside_logins
"""

import sqlalchemy as sa
from alembic import op

revision = '0014_legacy_upgrade'
down_revision = '0013_outside_logins'
branch_labels = None
depends_on = None


def _row() -> list[sa.Column]:
    return [
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    ]


def _text(name: str, length: int) -> sa.Column:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _sealed(*names: str) -> list[sa.Column]:
    return [sa.Column(f'{name}_cipher', sa.LargeBinary(), nullable=False) for name in names]


def upgrade() -> None:
    op.create_table(
        'legacy_accounts',
        *_row(),
        _text('system', 32),
        _text('username_index', 64),
        *_sealed('username', 'password_hash', 'salt'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_legacy_accounts')),
        sa.UniqueConstraint('username_index', name=op.f('uq_legacy_accounts_username_index')),
    )
    op.create_table(
        'legacy_units',
        *_row(),
        _text('account_id', 32),
        _text('number', 40),
        _text('uscc', 18),
        _text('name', 200),
        _text('legal_id_type', 2),
        *_sealed('legal_id_number', 'legal_name'),
        sa.ForeignKeyConstraint(
            ['account_id'], ['legacy_accounts.id'], name=op.f('fk_legacy_units_account_id_legacy_accounts')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_legacy_units')),
        sa.UniqueConstraint('account_id', 'number', name=op.f('uq_legacy_units_account_id_number')),
    )
    op.create_table(
        'legacy_upgrades',
        *_row(),
        _text('system', 32),
        _text('account_index', 64),
        _text('number', 40),
        _text('unit_id', 32),
        sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_legacy_upgrades_unit_id_units')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_legacy_upgrades')),
        sa.UniqueConstraint('account_index', 'number', name=op.f('uq_legacy_upgrades_account_index_number')),
        sa.UniqueConstraint('unit_id', name=op.f('uq_legacy_upgrades_unit_id')),
    )
    op.add_column('units', sa.Column('legal_mobile_cipher', sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('units') as table:
        table.drop_column('legal_mobile_cipher')
    op.drop_table('legacy_upgrades')
    op.drop_table('legacy_units')
    op.drop_table('legacy_accounts')
