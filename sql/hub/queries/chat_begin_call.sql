-- Records a tool call before it runs.
INSERT INTO movie_hub_app.tool_calls (username, server, tool, arguments)
VALUES (:username, :server, :tool, :arguments::jsonb)
RETURNING tool_call_id
