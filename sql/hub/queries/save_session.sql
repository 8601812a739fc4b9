-- Stores the data of an existing session. One that was ended in the meantime stays ended, and the expiry does not change.
UPDATE movie_hub_app.sessions SET data = :data WHERE session_hash = :session_hash
