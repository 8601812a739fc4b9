SELECT movie_hub_app.add_edit(:session, :action, :subject, :detail) AS is_added
