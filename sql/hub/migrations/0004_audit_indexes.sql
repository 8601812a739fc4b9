-- The audit page lists the rows of one actor or one subject, newest first.
SET ROLE movie_hub_owner;

CREATE INDEX audit_actor ON movie_hub_app.audit (actor, audit_id DESC);
CREATE INDEX audit_subject ON movie_hub_app.audit (subject, audit_id DESC);
COMMENT ON COLUMN movie_hub_app.audit.action IS 'The action, as subject.verb: title.create, title.edit, title.delete, person.create, person.edit, cast.create, cast.delete, user.create, user.entitlements, user.admin, user.password, user.disable, user.enable, user.sign_out. Never NULL.';
COMMENT ON COLUMN movie_hub_app.users.password_hash IS 'scrypt hash with its parameters and salt: scrypt$N$r$p$salt$hash, base64; "!" matches no password. Never NULL.';
COMMENT ON COLUMN movie_hub_app.sessions.expires_at IS 'When it expires unless it is used before: the idle limit after last_seen_at, at most the absolute limit after created_at. Never NULL.';

RESET ROLE;
