INSERT INTO movie_hub_app.threads (username)
VALUES (:username)
RETURNING thread_id
