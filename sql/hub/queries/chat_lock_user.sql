-- Lets one question of a user begin at a time, in whichever process: what is counted next stays true until the end of the transaction.
SELECT username
FROM movie_hub_app.users
WHERE username = :username
FOR NO KEY UPDATE
