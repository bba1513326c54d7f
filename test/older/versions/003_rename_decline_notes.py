"""Risk 6 of the source document, done as it says: a new table, its rows moved, the old one dropped. And a column that came late."""
import sqlalchemy as sa
from alembic import op

revision = "003"
down_revision = "002"


def upgrade():
    op.create_table(
        "habit_decline_notes", sa.Column("id", sa.Integer, primary_key=True), sa.Column("note", sa.Text, nullable=False),
        sa.Column("preset", sa.String(50)),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False))
    op.execute("INSERT INTO habit_decline_notes SELECT id, note, preset, created_at, updated_at FROM decline_notes")
    op.drop_constraint("fk_habit_logs_note", "habit_logs")
    op.create_foreign_key("fk_habit_logs_note", "habit_logs", "habit_decline_notes", ["decline_note_id"], ["id"], ondelete="SET NULL")
    op.drop_table("decline_notes")
    op.add_column("users", sa.Column("notifications_enabled", sa.Boolean, server_default=sa.true(), nullable=False))
