INSERT INTO movie_hub_app.users (username, password_hash, is_admin, title_types, is_demo)
VALUES (:username, :password_hash, :is_admin, :title_types::integer[], :is_demo)
