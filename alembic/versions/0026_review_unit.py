"""review unit: which unit reviews a case, be it the one in whose name it was handed in, or the person's employer

Revision: 0026_review_unit, after 0025_case_reviews
"""

import sqlalchemy as sa
from alembic import op

revision = '0026_review_unit'
down_revision = '0025_case_reviews'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('cases') as table:
        table.add_column(sa.Column('review_unit_id', sa.String(length=32), nullable=True))
        table.create_foreign_key(op.f('fk_cases_review_unit_id_units'), 'units', ['review_unit_id'], ['id'])
    op.execute(
        "UPDATE cases SET review_unit_id = unit_id WHERE status = 'UNIT_REVIEW' OR reviewed_at IS NOT NULL"
    )
    op.drop_index('ix_cases_reviewed', 'cases')
    op.create_index('ix_cases_reviewed', 'cases', ['review_unit_id', 'reviewed_at', 'id'])
    op.create_index('ix_cases_to_review', 'cases', ['review_unit_id', 'status', 'submitted_at', 'id'])


def downgrade() -> None:
    op.drop_index('ix_cases_to_review', 'cases')
    op.drop_index('ix_cases_reviewed', 'cases')
    op.create_index('ix_cases_reviewed', 'cases', ['unit_id', 'reviewed_at', 'id'])
    with op.batch_alter_table('cases') as table:
        table.drop_constraint(op.f('fk_cases_review_unit_id_units'), type_='foreignkey')
        table.drop_column('review_unit_id')
