"""The older bot's tables in the order of the source document; its notes have their first name, the ledger is not there yet."""
import sqlalchemy as sa
from alembic import op

revision = "001"
down_revision = None


def times():
    now = {"server_default": sa.func.now(), "nullable": False}
    return [sa.Column("created_at", sa.DateTime(timezone=True), **now), sa.Column("updated_at", sa.DateTime(timezone=True), **now)]


def owner():
    return sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False)


def upgrade():
    money = sa.Numeric(12, 2)
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("telegram_id", sa.BigInteger, nullable=False, unique=True),
        sa.Column("username", sa.String(255)),
        sa.Column("first_name", sa.String(255), nullable=False),
        sa.Column("last_name", sa.String(255)),
        sa.Column("language_code", sa.String(10), nullable=False),
        sa.Column("tier", sa.String(20), nullable=False),
        sa.Column("trial_ends_at", sa.DateTime(timezone=True)),
        sa.Column("timezone", sa.String(50), nullable=False),
        sa.Column("is_blocked", sa.Boolean, nullable=False),
        sa.Column("referral_code", sa.String(32), unique=True),
        sa.Column("referred_by_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="SET NULL")),
        *times(),
        sa.CheckConstraint("tier IN ('trial', 'free', 'premium')", name="ck_users_tier"),
    )
    op.create_table(
        "habits", sa.Column("id", sa.Integer, primary_key=True), owner(), sa.Column("name", sa.String(200), nullable=False),
        sa.Column("description", sa.Text), sa.Column("is_active", sa.Boolean, nullable=False), sa.Column("emoji", sa.String(10)), *times())
    op.create_table(
        "habit_schedules", sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("habit_id", sa.Integer, sa.ForeignKey("habits.id", ondelete="CASCADE"), nullable=False),
        sa.Column("schedule_type", sa.String(20), nullable=False), sa.Column("reminder_time", sa.String(5), nullable=False),
        sa.Column("days_of_week", sa.String(20)), sa.Column("is_enabled", sa.Boolean, nullable=False), *times())
    op.create_table(
        "decline_notes", sa.Column("id", sa.Integer, primary_key=True), sa.Column("note", sa.Text, nullable=False),
        sa.Column("preset", sa.String(50)), *times())
    op.create_table(
        "habit_logs", sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("habit_id", sa.Integer, sa.ForeignKey("habits.id", ondelete="CASCADE"), nullable=False),
        sa.Column("log_date", sa.Date, nullable=False), sa.Column("completed", sa.Boolean, nullable=False),
        sa.Column("decline_note_id", sa.Integer, sa.ForeignKey("decline_notes.id", ondelete="SET NULL", name="fk_habit_logs_note")), *times(),
        sa.UniqueConstraint("habit_id", "log_date", name="uq_habit_logs_habit_date"))
    op.create_table(
        "balances", sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, unique=True),
        sa.Column("amount", money, nullable=False), sa.Column("currency", sa.String(10), nullable=False), *times())
    op.create_table(
        "payments", sa.Column("id", sa.Integer, primary_key=True), owner(), sa.Column("provider", sa.String(30), nullable=False),
        sa.Column("provider_payment_id", sa.String(255)), sa.Column("payment_type", sa.String(30), nullable=False),
        sa.Column("amount", money, nullable=False), sa.Column("currency", sa.String(10), nullable=False),
        sa.Column("status", sa.String(30), nullable=False), sa.Column("idempotency_key", sa.String(64), unique=True),
        sa.Column("completed_at", sa.DateTime(timezone=True)), *times())
    op.create_table(
        "subscriptions", sa.Column("id", sa.Integer, primary_key=True), owner(), sa.Column("tier", sa.String(20), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False), sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False), sa.Column("amount", money),
        sa.Column("payment_id", sa.Integer, sa.ForeignKey("payments.id", ondelete="SET NULL")), *times())
    op.create_table(
        "referrals", sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("referrer_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("referred_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("referral_code", sa.String(32), nullable=False), sa.Column("reward_paid", sa.Boolean, nullable=False),
        sa.Column("reward_amount", money), sa.Column("paid_at", sa.DateTime(timezone=True)),
        sa.Column("is_suspicious", sa.Boolean, nullable=False), *times(),
        sa.UniqueConstraint("referrer_id", "referred_id", name="uq_referrals_referrer_referred"))
    for name in ("system_logs", "admin_alerts"):
        op.create_table(
            name, sa.Column("id", sa.Integer, primary_key=True), sa.Column("severity", sa.String(20), nullable=False),
            sa.Column("source", sa.String(100), nullable=False), sa.Column("message", sa.Text, nullable=False),
            sa.Column("fingerprint", sa.String(64)), *times())
