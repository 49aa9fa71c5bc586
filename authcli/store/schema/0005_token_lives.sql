-- What became of tokens: denied, registered, refreshed. No token is in here, only ids and digests.
CREATE TABLE revocations (                   -- deny marks; a row dies with the last token that it can hit
  id            INT64_KEY PRIMARY KEY,       -- 63 bits of SHA-256(kind NUL issuer NUL value): one probe a mark
  kind          TEXT NOT NULL CHECK (kind IN ('jti','sub','kid','family')),
  issuer        TEXT NOT NULL,               -- '' where tokens have no iss
  value         TEXT NOT NULL,
  issued_before BIGINT,                      -- of 'sub': tokens issued up to then; NULL: all
  revoked_at    BIGINT NOT NULL, expires_at BIGINT NOT NULL,
  reason        TEXT, actor TEXT NOT NULL);
CREATE INDEX ix_revocations_gc ON revocations(expires_at);
CREATE INDEX ix_revocations_rare ON revocations(kind) WHERE kind <> 'jti';  -- few: verifiers hold them in memory
CREATE TABLE revocation_state (              -- one row, from the first deny mark on
  one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
  generation TEXT NOT NULL);                 -- random, new with each change of marks: copies of them bear it

CREATE TABLE issued_tokens (                 -- `mint --record`: who got what; the allow list where one is kept
  issuer        TEXT NOT NULL, jti TEXT NOT NULL,
  sub           TEXT, aud TEXT NOT NULL DEFAULT '', scopes TEXT NOT NULL DEFAULT '',
  kid           TEXT, family_id TEXT,
  issued_at     BIGINT NOT NULL, expires_at BIGINT NOT NULL, issued_by TEXT NOT NULL,
  PRIMARY KEY (issuer, jti));
CREATE INDEX ix_issued_sub ON issued_tokens(sub);
CREATE INDEX ix_issued_gc  ON issued_tokens(expires_at);

CREATE TABLE token_families (                -- one a sign-in; every refresh token of it, one after another
  id            TEXT NOT NULL PRIMARY KEY,   -- 'tf_…', random
  issuer        TEXT NOT NULL, sub TEXT, aud TEXT NOT NULL DEFAULT '', scopes TEXT NOT NULL DEFAULT '',
  claims        TEXT NOT NULL DEFAULT '{}',  -- of every access token, beside those
  header        TEXT NOT NULL DEFAULT '{}',  -- of every access token, beside alg and kid
  access_ms     BIGINT NOT NULL,             -- the life of its access tokens
  idle_ms       BIGINT NOT NULL,             -- a refresh token that is not used so long is dead
  created_at    BIGINT NOT NULL, created_by TEXT NOT NULL,
  expires_at    BIGINT NOT NULL,             -- the absolute end
  last_refreshed_at BIGINT,
  revoked_at    BIGINT, revoked_reason TEXT);
CREATE INDEX ix_families_sub ON token_families(sub);
CREATE INDEX ix_families_gc  ON token_families(expires_at);

CREATE TABLE refresh_tokens (
  digest        TEXT NOT NULL PRIMARY KEY,   -- hex(HMAC-SHA-256(pepper, the token))
  pepper_id     BIGINT NOT NULL,
  family_id     TEXT NOT NULL REFERENCES token_families(id) ON DELETE CASCADE,
  seq           BIGINT NOT NULL,
  issued_at     BIGINT NOT NULL, expires_at BIGINT NOT NULL,
  used_at       BIGINT, grace_until BIGINT,
  successor_sealed TEXT,                     -- the successor, sealed under a key derived from the token itself: who
                                             -- presents it again inside the grace gets the same answer
  UNIQUE (family_id, seq));
