-- The hub's own tables: users, sessions, chats and the audit trail.
CREATE SCHEMA movie_hub_app AUTHORIZATION movie_hub_owner;
SET ROLE movie_hub_owner;
COMMENT ON SCHEMA movie_hub_app IS 'The hub''s own tables: accounts, sessions, chats and the audit trail. Readers of titles have no access.';

CREATE TABLE movie_hub_app.users (
  username text PRIMARY KEY CHECK (username ~ '^[a-z0-9][a-z0-9._@-]{0,63}$'),
  password_hash text NOT NULL,
  is_admin boolean NOT NULL DEFAULT false,
  title_types integer[] NOT NULL DEFAULT '{}' CHECK (array_position(title_types, NULL) IS NULL),
  is_demo boolean NOT NULL DEFAULT false,
  disabled_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE movie_hub_app.users IS 'Users and their entitlements.';
COMMENT ON COLUMN movie_hub_app.users.username IS 'Login name, in lower case. Never NULL.';
COMMENT ON COLUMN movie_hub_app.users.password_hash IS 'scrypt hash with its parameters and salt: scrypt$N$r$p$salt$hash, base64. Never NULL.';
COMMENT ON COLUMN movie_hub_app.users.is_admin IS 'May use the admin pages. Does not grant any titles. Never NULL.';
COMMENT ON COLUMN movie_hub_app.users.title_types IS 'Title types that the user may see, listed one by one. Empty: none. Neither the array nor an element is NULL.';
COMMENT ON COLUMN movie_hub_app.users.is_demo IS 'True while the account has the password that the demo shows on its login page. Never NULL.';
COMMENT ON COLUMN movie_hub_app.users.disabled_at IS 'When the account was disabled. NULL: it is enabled.';
COMMENT ON COLUMN movie_hub_app.users.created_at IS 'When the account was created. Never NULL.';

CREATE TABLE movie_hub_app.sessions (
  session_hash text PRIMARY KEY,
  username text REFERENCES movie_hub_app.users (username) ON UPDATE CASCADE ON DELETE CASCADE,
  data jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_username ON movie_hub_app.sessions (username);
CREATE INDEX sessions_expires_at ON movie_hub_app.sessions (expires_at);
COMMENT ON TABLE movie_hub_app.sessions IS 'Browser sessions. Deleting a row signs that browser out.';
COMMENT ON COLUMN movie_hub_app.sessions.session_hash IS 'SHA-256 of the session id, base64url: it cannot be used to sign in. Never NULL.';
COMMENT ON COLUMN movie_hub_app.sessions.username IS 'The signed-in user. NULL: nobody yet (login page).';
COMMENT ON COLUMN movie_hub_app.sessions.data IS 'Session data, as JSON. Never NULL.';
COMMENT ON COLUMN movie_hub_app.sessions.created_at IS 'When the session began. Never NULL.';
COMMENT ON COLUMN movie_hub_app.sessions.expires_at IS 'When it ends. Never NULL.';

CREATE TABLE movie_hub_app.threads (
  thread_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  username text NOT NULL REFERENCES movie_hub_app.users (username) ON UPDATE CASCADE ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX threads_username ON movie_hub_app.threads (username, created_at DESC);
COMMENT ON TABLE movie_hub_app.threads IS 'Conversations.';
COMMENT ON COLUMN movie_hub_app.threads.thread_id IS 'Random id. Never NULL.';
COMMENT ON COLUMN movie_hub_app.threads.username IS 'Owner of the conversation. Never NULL.';
COMMENT ON COLUMN movie_hub_app.threads.created_at IS 'When it began. Never NULL.';

CREATE TABLE movie_hub_app.turns (
  turn_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  thread_id uuid NOT NULL REFERENCES movie_hub_app.threads (thread_id) ON DELETE CASCADE,
  title_types integer[] NOT NULL,
  question text NOT NULL,
  answer text NOT NULL,
  messages jsonb NOT NULL,
  steps jsonb NOT NULL,
  stop_reason text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX turns_thread_id ON movie_hub_app.turns (thread_id, turn_id);
COMMENT ON TABLE movie_hub_app.turns IS 'Questions and answers of a conversation, in order of turn_id.';
COMMENT ON COLUMN movie_hub_app.turns.turn_id IS 'Number of the turn; later turns have greater ones. Never NULL.';
COMMENT ON COLUMN movie_hub_app.turns.thread_id IS 'The conversation. Never NULL.';
COMMENT ON COLUMN movie_hub_app.turns.title_types IS 'Title types that the user was entitled to when the turn ran. A turn is shown, and sent to a model, only while they are entitled to all of them. Never NULL.';
COMMENT ON COLUMN movie_hub_app.turns.question IS 'The user''s question. Never NULL.';
COMMENT ON COLUMN movie_hub_app.turns.answer IS 'The answer, as markdown; may be empty after an error. Never NULL.';
COMMENT ON COLUMN movie_hub_app.turns.messages IS 'The turn as the model saw it: an array of messages in the shape of Bedrock Converse. Never NULL.';
COMMENT ON COLUMN movie_hub_app.turns.steps IS 'The tool calls as the page shows them: an array of name, arguments, result, milliseconds. Never NULL.';
COMMENT ON COLUMN movie_hub_app.turns.stop_reason IS 'Why the run stopped: end_turn, max_turns, aborted, error and others. Never NULL.';
COMMENT ON COLUMN movie_hub_app.turns.created_at IS 'When the turn ended. Never NULL.';

CREATE TABLE movie_hub_app.audit (
  audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  actor text NOT NULL,
  action text NOT NULL,
  subject text NOT NULL,
  detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_at ON movie_hub_app.audit (at DESC);
COMMENT ON TABLE movie_hub_app.audit IS 'Audit trail. Rows are only added.';
COMMENT ON COLUMN movie_hub_app.audit.audit_id IS 'Number of the row. Never NULL.';
COMMENT ON COLUMN movie_hub_app.audit.at IS 'Time of the change. Never NULL.';
COMMENT ON COLUMN movie_hub_app.audit.actor IS 'The user who made the change; stays when the user is deleted, so no foreign key. Never NULL.';
COMMENT ON COLUMN movie_hub_app.audit.action IS 'The action: title.create, person.create, cast.create, user.entitlements. Never NULL.';
COMMENT ON COLUMN movie_hub_app.audit.subject IS 'The object of the action: an id or a user name. Never NULL.';
COMMENT ON COLUMN movie_hub_app.audit.detail IS 'The values, as a JSON object; never a password. Never NULL.';

GRANT USAGE ON SCHEMA movie_hub_app TO movie_hub_accounts, movie_hub_editor;
GRANT SELECT, INSERT, UPDATE, DELETE ON movie_hub_app.users, movie_hub_app.sessions, movie_hub_app.threads, movie_hub_app.turns
  TO movie_hub_accounts;
-- The database sets the time: nobody may write it.
GRANT SELECT, INSERT (actor, action, subject, detail) ON movie_hub_app.audit TO movie_hub_accounts;
ALTER TABLE movie_hub_app.audit ENABLE ROW LEVEL SECURITY;
CREATE POLICY audit_read ON movie_hub_app.audit FOR SELECT TO movie_hub_accounts USING (true);

RESET ROLE;
