"""How Alembic reaches the database: the URL comes from make.py."""
import sqlalchemy
from alembic import context

engine = sqlalchemy.create_engine(context.config.get_main_option("sqlalchemy.url"))
with engine.begin() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
