-- The new password is not the demo's any more. No row when there is no such user.
UPDATE movie_hub_app.users SET password_hash = :password_hash, is_demo = false WHERE username = :username RETURNING username
