-- What must happen once: a code is accepted, a counter moves, a recovery code is spent. No secrets.
CREATE TABLE otp_states (
  id            TEXT NOT NULL PRIMARY KEY,   -- hex(HMAC-SHA-256(the shared secret, "authcli-otp-state")): the same
                                             -- secret under two names is one; the id tells nothing of the secret
  name          TEXT NOT NULL,               -- under which it was used last, for people
  last_step     BIGINT,                      -- TOTP: the highest time step accepted; no code of it or before it again
  counter       TEXT,                        -- HOTP: the next counter, 20 digits (RFC 4226 has 8 bytes without a sign)
  updated_at    BIGINT NOT NULL);

CREATE TABLE recovery_codes (
  name          TEXT NOT NULL,               -- whose: a saved name, a user
  digest        TEXT NOT NULL,               -- hex(HMAC-SHA-256(pepper, name NUL code))
  pepper_id     BIGINT NOT NULL,             -- of root_keys 'pepper'
  created_at    BIGINT NOT NULL,
  used_at       BIGINT,
  PRIMARY KEY (name, digest));
