-- Signing keys and their lives. Private halves are sealed under the KEK, and gone once they sign no more.
CREATE TABLE signing_rings (                 -- one line of keys, of which one signs: a purpose and an algorithm
  purpose       TEXT NOT NULL,               -- 'jwt'; 'dev' takes in the development key: verified, never published
  alg           TEXT NOT NULL,
  issuer        TEXT,                        -- iss of its tokens; in the discovery document
  rotate_ms     BIGINT NOT NULL,             -- how long a key signs
  cache_ms      BIGINT NOT NULL,             -- how long verifiers may keep the JWKS
  max_token_ms  BIGINT NOT NULL,             -- the longest life of a token
  skew_ms       BIGINT NOT NULL,             -- how wrong clocks may be
  created_at    BIGINT NOT NULL,
  PRIMARY KEY (purpose, alg));

CREATE TABLE signing_keys (
  kid           TEXT NOT NULL PRIMARY KEY,   -- RFC 7638 thumbprint; redrawn where it would begin with '-'
  purpose       TEXT NOT NULL, alg TEXT NOT NULL,
  state         TEXT NOT NULL CHECK (state IN ('next','active','retiring','retired','compromised')),
  public_jwk    TEXT NOT NULL,
  private_sealed TEXT, kek_id BIGINT,        -- both NULL once it signs no more
  cache_ms BIGINT NOT NULL, max_token_ms BIGINT NOT NULL, skew_ms BIGINT NOT NULL,  -- as when it was made, or longer
  created_at    BIGINT NOT NULL, created_by TEXT NOT NULL,
  published_at  BIGINT,                      -- the first recorded publication that held it
  activated_at  BIGINT, retiring_at BIGINT,
  remove_at     BIGINT,                      -- when its last token is dead and it may leave the JWKS
  retired_at    BIGINT, compromised_at BIGINT, reason TEXT,
  rotate_asked_at BIGINT,                    -- `rotate --start`: as soon as the next may sign
  last_signed_at BIGINT);                    -- to the hour, written now and then
CREATE UNIQUE INDEX ux_signing_one_active ON signing_keys(purpose, alg) WHERE state = 'active';
CREATE UNIQUE INDEX ux_signing_one_next   ON signing_keys(purpose, alg) WHERE state = 'next';

CREATE TABLE key_publications (              -- what was published last, by place
  place         TEXT NOT NULL PRIMARY KEY,
  digest        TEXT NOT NULL,               -- SHA-256 of the JWKS
  kids          TEXT NOT NULL,               -- separated by a blank
  published_at  BIGINT NOT NULL);
