SELECT username FROM movie_hub_app.users WHERE username = :username
