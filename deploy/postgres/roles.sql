-- The hub's two roles and its database. Run once, as a superuser, on an empty server:
--   psql -f deploy/postgres/roles.sql        (the PostgreSQL image runs it by itself)
--
-- eads_owner  owns the tables and runs the migrations
-- eads        is what every process of the hub connects as
--
-- Neither is a superuser nor has BYPASSRLS: row level security keeps one agency's rows from
-- another's requests, and those two would walk past it (system check eads.E002).

\set ON_ERROR_STOP on

-- Passwords come from files, so that they stand in no command line and no history.
\if :{?owner_password_file} \else \set owner_password_file /run/secrets/db_owner_password
\endif
\if :{?app_password_file} \else \set app_password_file /run/secrets/db_app_password
\endif
\set owner_password `cat :owner_password_file`
\set app_password `cat :app_password_file`
SELECT :'owner_password' = '' OR :'app_password' = '' AS password_missing \gset
\if :password_missing
    DO $$ BEGIN RAISE EXCEPTION 'roles.sql: a password file is missing or empty'; END $$;
\endif

CREATE ROLE eads_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS
    PASSWORD :'owner_password';
CREATE ROLE eads LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS
    PASSWORD :'app_password';

CREATE DATABASE eads OWNER eads_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE eads FROM PUBLIC;
GRANT CONNECT ON DATABASE eads TO eads;

\connect eads

REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO eads_owner;
GRANT USAGE ON SCHEMA public TO eads;

-- Tables that migrations make later: rows may be read and written, the tables not altered.
ALTER DEFAULT PRIVILEGES FOR ROLE eads_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO eads;
ALTER DEFAULT PRIVILEGES FOR ROLE eads_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO eads;
