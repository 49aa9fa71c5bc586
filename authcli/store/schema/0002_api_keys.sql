-- API keys, what they may do, how often they were used.
CREATE TABLE api_keys (
  id            INT64_KEY PRIMARY KEY,       -- 42 bits of ms since 2025-01-01, 21 random bits; base62 in the key's text
  prefix        TEXT NOT NULL,               -- 'ak_live'
  secret_hash   TEXT NOT NULL,               -- hex(HMAC-SHA-256(pepper, whole key)), or what was imported
  hash_alg      TEXT NOT NULL CHECK (hash_alg IN ('hmac-sha256','sha256','sha512')),
  pepper_id     BIGINT,                      -- of root_keys 'pepper', where hash_alg is hmac-sha256
  lookup        TEXT,                        -- of imported keys alone, whose text names no id
  hint          TEXT NOT NULL,               -- last 4 of the key, display only
  name          TEXT NOT NULL,
  owner         TEXT,
  environment   TEXT NOT NULL,
  scopes        TEXT NOT NULL DEFAULT '',    -- separated by a blank, like OAuth's
  cidrs         TEXT NOT NULL DEFAULT '',    -- the same; '' is any address
  metadata      TEXT NOT NULL DEFAULT '{}',
  rate_limit    BIGINT, rate_period_ms BIGINT,
  quota         BIGINT,                      -- uses in all; what is left stands in api_key_quotas
  lineage_id    BIGINT NOT NULL,             -- id of the first key; the same for every rotation of it
  rotated_from  BIGINT REFERENCES api_keys(id) ON DELETE SET NULL,
  rotation_no   BIGINT NOT NULL DEFAULT 0,
  created_at    BIGINT NOT NULL, created_by TEXT NOT NULL,
  not_before    BIGINT, expires_at BIGINT,
  grace_until   BIGINT,                      -- set when a successor was issued; never beyond expires_at
  disabled_at   BIGINT, revoked_at BIGINT, revoked_reason TEXT,
  last_used_at  BIGINT, last_used_ip TEXT);
CREATE UNIQUE INDEX ux_api_keys_lookup  ON api_keys(lookup) WHERE lookup IS NOT NULL;
CREATE UNIQUE INDEX ux_api_keys_lineage ON api_keys(lineage_id, rotation_no);  -- of two rotations at once one wins
CREATE INDEX ix_api_keys_rotated ON api_keys(rotated_from) WHERE rotated_from IS NOT NULL;  -- else each delete scans
CREATE INDEX ix_api_keys_name    ON api_keys(name);
CREATE INDEX ix_api_keys_owner   ON api_keys(owner) WHERE owner IS NOT NULL;
CREATE INDEX ix_api_keys_expiry  ON api_keys(expires_at) WHERE revoked_at IS NULL AND expires_at IS NOT NULL;

CREATE TABLE api_key_quotas (                -- one row a lineage, so that a rotation does not double it
  lineage_id BIGINT NOT NULL PRIMARY KEY, remaining BIGINT NOT NULL CHECK (remaining >= 0));

CREATE TABLE api_key_usage (                 -- roll-up, written in batches; never on the way to a verdict
  api_key_id BIGINT NOT NULL REFERENCES api_keys(id) ON DELETE CASCADE,
  hour BIGINT NOT NULL,                      -- its start
  outcome TEXT NOT NULL,                     -- 'ok', or the code of the refusal
  n BIGINT NOT NULL,
  PRIMARY KEY (api_key_id, hour, outcome));

CREATE TABLE rate_buckets (                  -- GCRA: one row a lineage, one statement a hit
  bucket TEXT NOT NULL PRIMARY KEY,          -- 'apikey:<lineage_id>'
  tat BIGINT NOT NULL,                       -- theoretical arrival time, Unix NANOseconds of the real clock
  expires_at BIGINT NOT NULL);
