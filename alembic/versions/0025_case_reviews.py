"""case reviews: who of the unit may review a case, and until when somebody has been reminded of it

Revision: 0025_case_reviews, after 0024_case_exports
"""

import json

import sqlalchemy as sa
from alembic import op

revision = '0025_case_reviews'
down_revision = '0024_case_exports'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('cases') as table:
        table.add_column(sa.Column('reviewers', sa.String(length=40), nullable=False, server_default=''))
        table.add_column(sa.Column('reminded_by', sa.Date(), nullable=True))
    with op.batch_alter_table('cases') as table:
        table.alter_column('reviewers', server_default=None, existing_type=sa.String(length=40))
    connection = op.get_bind()
    versions = sa.text(
        'SELECT DISTINCT matter_versions.id, matter_versions.definition FROM matter_versions'
        " JOIN cases ON cases.version_id = matter_versions.id WHERE cases.status = 'UNIT_REVIEW'"
    )
    for row in connection.execute(versions).all():
        review = (json.loads(row.definition).get('workflow') or {}).get('unit_review') or {}
        connection.execute(
            sa.text("UPDATE cases SET reviewers = :roles WHERE version_id = :version AND status = 'UNIT_REVIEW'"),
            {'roles': ' '.join(review.get('roles', ())), 'version': row.id},
        )


def downgrade() -> None:
    with op.batch_alter_table('cases') as table:
        table.drop_column('reminded_by')
        table.drop_column('reviewers')
