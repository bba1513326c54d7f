#!/usr/bin/python3
"""Fills an empty PostgreSQL database with the older bot's tables and people.

usage: make.py URL --revision 001|002|003 [--people N] [--dirty] [--bare]

--dirty adds one row of every kind that cannot be taken over as it is, and prints each as JSON: table, id, outcome.
--bare drops the columns that not every bot of that kind had.
"""
import argparse
import datetime as dt
import json
import pathlib

import alembic.command
import alembic.config
import sqlalchemy as sa

UTC = dt.timezone.utc
NOW = dt.datetime.now(UTC).replace(microsecond=0)
ZONES = ["Europe/Moscow", "America/Nuuk", "Asia/Tokyo", "UTC", "Asia/Kathmandu"]
NAMES = ["Зарядка", "Read 📚", "مشي", "Sans sucre", "水を飲む"]
OPTIONAL = {
    "users": ["username", "last_name", "is_blocked", "trial_ends_at"],
    "habits": ["description", "emoji", "updated_at"],
    "habit_schedules": ["created_at", "updated_at"],
    "habit_logs": ["updated_at"],
    "payments": ["idempotency_key", "completed_at", "updated_at"],
    "referrals": ["is_suspicious", "paid_at"],
    "subscriptions": ["amount", "updated_at"],
}


class Maker:
    def __init__(self, engine, revision):
        self.engine, self.revision = engine, revision
        self.tables = sa.MetaData()
        self.tables.reflect(engine)
        self.rows = {name: [] for name in self.tables.tables}
        self.notes = "habit_decline_notes" if revision == "003" else "decline_notes"

    def add(self, table, **values):
        """A row; its id is the next one of its table, unless it is given."""
        if table in self.rows:
            values.setdefault("id", len(self.rows[table]) + 1)
            self.rows[table].append(values)
        return values.get("id")

    def write(self):
        with self.engine.begin() as connection:
            for table in self.tables.sorted_tables:
                if self.rows.get(table.name):
                    for row in self.rows[table.name]:
                        connection.execute(table.insert().values(**row))

    def money(self, user, balance, posting, at):
        """A wallet with what made it: (type, amount, payment) each."""
        for n, (kind, amount, payment) in enumerate(posting):
            self.add("balance_transactions", user_id=user, type=kind, amount=amount, currency="RUB", payment_id=payment,
                     reference=f"ref {n}", created_at=at + dt.timedelta(minutes=n))
        self.add("balances", user_id=user, amount=balance, currency="RUB")

    def payment(self, user, at, amount, status="succeeded", kind="topup", provider="yookassa", currency="RUB"):
        n = len(self.rows["payments"]) + 1
        return self.add("payments", user_id=user, provider=provider, provider_payment_id=f"charge-{n}", payment_type=kind, amount=amount,
                        currency=currency, status=status, idempotency_key=f"key-{n}", created_at=at,
                        completed_at=at + dt.timedelta(minutes=1) if status in ("succeeded", "refunded") else None,
                        updated_at=at + dt.timedelta(days=1 if status == "refunded" else 0))


def person(make, i):
    user, at = 1000 + i, NOW - dt.timedelta(days=90) + dt.timedelta(minutes=i)
    invited = i % 4 == 3
    extra = {"notifications_enabled": i % 7 != 0} if make.revision == "003" else {}
    make.add("users", id=user, telegram_id=user, username=f"user{i}", first_name=f"Имя {i}", language_code="ru" if i % 2 else "en",
             tier=["free", "trial", "premium"][i % 3], timezone=ZONES[i % len(ZONES)], is_blocked=i % 11 == 10,
             trial_ends_at=at + dt.timedelta(days=7 if i % 3 != 1 else 120), referral_code=f"code{i:06d}" if i % 5 else None,
             referred_by_id=user - 1 if invited else None, created_at=at, updated_at=at, **extra)
    habits(make, i, user, at)
    wallet(make, i, user, at)
    if invited:
        make.add("referrals", referrer_id=user - 1, referred_id=user, referral_code="x", reward_paid=i % 8 == 3, reward_amount=50,
                 paid_at=at if i % 8 == 3 else None, is_suspicious=i % 8 == 7, created_at=at)


def habits(make, i, user, at):
    rules = [("daily", "09:00", None), ("weekly", "18:30", "0,2,4"), ("custom", "7:05", "5,6")]
    for k, (kind, time, days) in enumerate(rules):
        made = at + dt.timedelta(minutes=k)
        habit = make.add("habits", user_id=user, name=f"{NAMES[(i + k) % len(NAMES)]} {k}", description="because" if k else None,
                         is_active=k != 2, emoji=["🏃", None, "👩‍👩‍👧"][k], created_at=made, updated_at=made)
        make.add("habit_schedules", habit_id=habit, schedule_type=kind, reminder_time=time, days_of_week=days, is_enabled=k != 2,
                 created_at=made, updated_at=made)
        for d in range(30):
            note = None
            if d % 8 == 7:
                note = make.add(make.notes, note="" if d % 16 == 7 else "не смог, <b>½</b>", preset="tired" if d % 16 == 7 else None,
                                created_at=made + dt.timedelta(days=d))
            make.add("habit_logs", habit_id=habit, log_date=(made + dt.timedelta(days=d)).date(), completed=d % 4 != 3, decline_note_id=note,
                     created_at=made + dt.timedelta(days=d, hours=1), updated_at=made + dt.timedelta(days=d, hours=1))


def wallet(make, i, user, at):
    topup = make.payment(user, at, "500.00")
    back = make.payment(user, at, "100.50", status="refunded")
    for status in ("failed", "cancelled", "pending"):
        make.payment(user, at, "1.00", status=status)
    posting = [("credit", "500.00", topup), ("credit", "100.50", back), ("refund", "-100.50", back)]
    balance = 500
    if i % 3 == 2:  # premium: by card, or from the wallet
        start = NOW - dt.timedelta(days=10)
        paid = make.payment(user, start, "299.00", kind="subscription") if i % 2 else None
        make.add("subscriptions", user_id=user, tier="premium", started_at=start, expires_at=start + dt.timedelta(days=30), is_active=True,
                 amount="299.00", payment_id=paid, updated_at=start)
        if not paid:
            posting.append(("subscription", "299.00", None))
            balance -= 299
    if (i + 1) % 8 == 3:
        posting.append(("referral_reward", "50.00", None))
        balance += 50
    make.money(user, balance, posting, at)


def dirty(make):
    """Rows of every kind that cannot be taken as they are. Returns what has to be found."""
    want, at = [], NOW - dt.timedelta(days=40)

    def bad(table, outcome, **values):
        want.append({"table": table, "id": make.add(table, **values), "outcome": outcome})
        return want[-1]["id"]

    def user(n, outcome=None, **values):
        row = {"id": n, "telegram_id": n, "first_name": "D", "language_code": "en", "tier": "free", "timezone": "UTC", "is_blocked": False,
               "created_at": at, "updated_at": at, **values}
        if outcome:
            return bad("users", outcome, **row)
        return make.add("users", **row)

    def habit(owner, **values):
        return make.add("habits", **{"user_id": owner, "name": "H", "is_active": True, "created_at": at, "updated_at": at, **values})

    log = {"completed": True, "created_at": at, "updated_at": at}
    user(5001, "changed", timezone="Mars/Olympus")
    user(5002, "changed", tier="premium")
    user(5003, "changed", referred_by_id=5004)
    user(5004)
    user(5005, "changed", referral_code="not a code!")
    user(-7, "left_out")
    want.append({"table": "habits", "id": habit(-7), "outcome": "left_out"})
    for values in ({"name": "x" * 150}, {"emoji": "run"}, {"name": "  "}):
        want.append({"table": "habits", "id": habit(5004, **values), "outcome": "changed"})
    h = habit(5004)
    schedule = {"habit_id": h, "is_enabled": True, "created_at": at, "updated_at": at}
    bad("habit_schedules", "left_out", schedule_type="weekly", reminder_time="09:00", days_of_week="1,7", **schedule)
    bad("habit_schedules", "changed", schedule_type="daily", reminder_time="25:00", days_of_week=None, **schedule)
    day = at.date()
    bad("habit_logs", "left_out", habit_id=h, log_date=day, **log)
    make.add("habit_logs", habit_id=h, log_date=day, **{**log, "updated_at": at + dt.timedelta(hours=1)})
    bad("habit_logs", "left_out", habit_id=h, log_date=dt.date(1999, 1, 1), **log)
    bad("habit_logs", "left_out", habit_id=h, log_date=day + dt.timedelta(days=400), **log)
    bad("habit_logs", "left_out", habit_id=999999, log_date=day, **log)
    note = bad(make.notes, "changed", note="", preset="no_mood", created_at=at)
    make.add("habit_logs", habit_id=h, log_date=day - dt.timedelta(days=1), decline_note_id=note, **{**log, "completed": False})
    bad("habit_logs", "changed", habit_id=h, log_date=day - dt.timedelta(days=2), decline_note_id=888888, **{**log, "completed": False})
    bad(make.notes, "left_out", note="nobody's", preset=None, created_at=at)
    bad("habits", "left_out", user_id=424242, name="nobody's", is_active=True, created_at=at, updated_at=at)
    orphan = len(make.rows["habits"])
    bad("habit_logs", "left_out", habit_id=orphan, log_date=day, **log)
    dirty_money(make, bad, want, at)
    return want


def dirty_money(make, bad, want, at):
    def left_out(table, row, outcome="left_out"):
        want.append({"table": table, "id": row, "outcome": outcome})

    bad("balances", "left_out", user_id=5001, amount="77.00", currency="RUB")
    make.add("balance_transactions", user_id=5001, type="credit", amount="70.00", currency="RUB", created_at=at)
    bad("balances", "left_out", user_id=5002, amount="5.00", currency="EUR")
    bad("balance_transactions", "left_out", user_id=5002, type="credit", amount="5.00", currency="EUR", created_at=at)
    bad("balance_transactions", "left_out", user_id=5002, type="bonus", amount="5.00", currency="RUB", created_at=at)
    bad("balance_transactions", "changed", user_id=5003, type="subscription", amount="10.00", currency="RUB", created_at=at)
    left_out("payments", make.payment(5004, at, "500.00"))  # no transaction credits it
    left_out("payments", make.payment(5004, at, "-5.00", kind="subscription"))
    left_out("payments", make.payment(5004, at, "5.00", provider="paypal", status="failed"))
    left_out("payments", make.payment(5004, at + dt.timedelta(days=20), "5.00", kind="subscription"))  # buys nothing
    first = make.payment(5004, at, "1.00", status="failed")
    again = make.payment(5004, at, "1.00", status="failed")
    make.rows["payments"][again - 1]["provider_payment_id"] = make.rows["payments"][first - 1]["provider_payment_id"]
    left_out("payments", again)
    left_out("payments", make.payment(434343, at, "1.00", status="failed"))
    bad("subscriptions", "left_out", user_id=5004, tier="premium", started_at=at, expires_at=at - dt.timedelta(days=1), is_active=False,
        updated_at=at)
    bad("subscriptions", "changed", user_id=5004, tier="premium", started_at=at, expires_at=NOW + dt.timedelta(days=9), is_active=False,
        updated_at=at + dt.timedelta(days=3))
    bad("referrals", "left_out", referrer_id=5005, referred_id=5001, referral_code="x", reward_paid=False, is_suspicious=False, created_at=at)
    bad("referrals", "changed", referrer_id=1000, referred_id=5002, referral_code="x", reward_paid=True, reward_amount="9.00",
        is_suspicious=False, created_at=at)


def loosen(engine):
    """Drops what keeps such rows out, as years of repairs by hand do."""
    with engine.begin() as connection:
        found = connection.execute(sa.text(
            "SELECT conrelid::regclass, conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('f', 'u', 'c')"))
        for table, name in found.fetchall():
            connection.execute(sa.text(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--revision", required=True)
    parser.add_argument("--people", type=int, default=24)
    parser.add_argument("--dirty", action="store_true")
    parser.add_argument("--bare", action="store_true")
    o = parser.parse_args()
    url = o.url.replace("postgresql://", "postgresql+psycopg2://", 1)
    config = alembic.config.Config()
    config.set_main_option("script_location", str(pathlib.Path(__file__).resolve().parent))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    alembic.command.upgrade(config, o.revision)
    engine = sa.create_engine(url)
    if o.dirty:
        loosen(engine)
    make = Maker(engine, o.revision)
    for i in range(o.people):
        person(make, i)
    want = dirty(make) if o.dirty else []
    make.add("system_logs", severity="error", source="bot", message="boom")
    make.write()
    with engine.begin() as connection:
        for table, columns in OPTIONAL.items() if o.bare else ():
            for column in columns:
                connection.execute(sa.text(f"ALTER TABLE {table} DROP COLUMN IF EXISTS {column}"))
    print(json.dumps(want))


main()
