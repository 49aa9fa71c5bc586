-- What every store has: what it is, its root keys, who changed what.
-- SQL here and in the modules is what SQLite >= 3.35 and PostgreSQL >= 12 share. The one type that differs:
-- INT64_KEY is INTEGER on SQLite (so that it is the rowid) and BIGINT on PostgreSQL. Times are BIGINT Unix
-- milliseconds UTC, digests lower-case hex, and a state is a nullable time, not a boolean.
CREATE TABLE meta (                          -- 'schema' (its number), 'store_id' (UUIDv4), 'created_at'
  name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE root_keys (                     -- NOT the keys themselves: which there are, to notice a wrong one
  root        TEXT NOT NULL,                 -- 'pepper', 'audit', 'kek' (authcli.roots)
  id          BIGINT NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('active','verify_only','retired')),
  created_at  BIGINT NOT NULL,
  check_mac   TEXT NOT NULL,                 -- hex(HMAC-SHA-256(key, 'authcli-<root>-check'))
  PRIMARY KEY (root, id));
CREATE UNIQUE INDEX ux_root_keys_active ON root_keys(root) WHERE state = 'active';

CREATE TABLE audit_events (                  -- appended to, never changed
  seq BIGINT NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL, event TEXT NOT NULL, outcome TEXT NOT NULL,
  actor TEXT NOT NULL,                       -- 'alice@host', or what --actor says
  process TEXT NOT NULL,                     -- 'authcli apikey issue [4711]'
  target_type TEXT, target_id TEXT,
  request_id TEXT NOT NULL,                  -- the same for all events of one command
  secret_digest TEXT,                        -- keyed: `audit find --secret` knows it again, nobody else does
  detail TEXT NOT NULL DEFAULT '{}',
  key_id BIGINT NOT NULL,                    -- of the root key 'audit' that made row_mac
  row_mac TEXT NOT NULL);                    -- over all of the above and the row_mac before
CREATE INDEX ix_audit_at ON audit_events(at);
CREATE INDEX ix_audit_target ON audit_events(target_type, target_id, seq);
CREATE INDEX ix_audit_actor ON audit_events(actor, seq);
CREATE INDEX ix_audit_secret ON audit_events(secret_digest) WHERE secret_digest IS NOT NULL;
CREATE TABLE audit_head (                    -- one row; a copy of it is kept outside the database
  one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
  seq BIGINT NOT NULL, row_mac TEXT NOT NULL, at BIGINT NOT NULL, mac TEXT NOT NULL);
