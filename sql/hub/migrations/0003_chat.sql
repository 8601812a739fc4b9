-- At most one turn of a conversation runs, a process that has ended blocks no conversation, conversations can be deleted, and
-- a title whose type changes is hidden from users without that type.
SET ROLE movie_hub_owner;

ALTER TABLE movie_hub_app.turns ADD COLUMN alive_until timestamptz NOT NULL DEFAULT now();
CREATE UNIQUE INDEX turns_running ON movie_hub_app.turns (thread_id) WHERE stop_reason = 'running';
COMMENT ON COLUMN movie_hub_app.turns.alive_until IS 'While the turn runs: its process is considered alive until this time, and renews it regularly. Never NULL.';
COMMENT ON COLUMN movie_hub_app.turns.usage IS 'Usage, as a JSON object: model, turns, inputTokens (including cached ones), outputTokens, cost, milliseconds. Empty: not known. Never NULL.';
COMMENT ON COLUMN movie_hub_app.turns.stop_reason IS 'Why the run stopped: end_turn, max_turns, aborted, server_stopped, error and others; running until then, and cut_off when its process had ended. Never NULL.';

ALTER TABLE movie_hub_app.threads ADD COLUMN deleted_at timestamptz;
COMMENT ON COLUMN movie_hub_app.threads.deleted_at IS 'When the user deleted it. The text is erased; the usage stays for a day, because it counts towards limits. NULL: not deleted.';

ALTER TABLE movie_hub_app.turns ADD COLUMN title_ids integer[] NOT NULL DEFAULT '{}';
CREATE INDEX turns_title_ids ON movie_hub_app.turns USING gin (title_ids);
COMMENT ON COLUMN movie_hub_app.turns.title_ids IS 'The titles in its tool results. Empty: none, or it has not ended. Never NULL.';
COMMENT ON COLUMN movie_hub_app.turns.title_types IS 'Title types that the user was entitled to when the turn ran, and any that its titles, or those of earlier turns sent to the model, have changed to since. A turn is shown, and sent to a model, only while the user is entitled to all of them. Never NULL.';

CREATE FUNCTION movie_hub_app.require_types_of_titles() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.title_types := ARRAY(
    SELECT unnest(NEW.title_types)
    UNION
    SELECT t.title_type FROM (
      -- Waits for a concurrent change of a type, so that one of the two sees the other's change.
      SELECT title_type FROM movie_hub.titles WHERE title_id = ANY (NEW.title_ids) ORDER BY title_id FOR SHARE
    ) AS t
  );
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION movie_hub_app.require_types_of_titles() IS 'Trigger: a turn requires the types that its titles have when it is stored, which may have changed since the tool call.';
CREATE TRIGGER turns_titles BEFORE UPDATE OF title_ids ON movie_hub_app.turns
  FOR EACH ROW EXECUTE FUNCTION movie_hub_app.require_types_of_titles();

CREATE FUNCTION movie_hub_app.require_new_type() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- Only earlier turns whose types the user had were sent to the model.
  UPDATE movie_hub_app.turns AS later
  SET title_types = later.title_types || NEW.title_type
  FROM movie_hub_app.turns AS holder
  WHERE holder.title_ids @> ARRAY[NEW.title_id]
    AND later.thread_id = holder.thread_id AND later.turn_id >= holder.turn_id
    AND later.title_types @> holder.title_types AND NOT later.title_types @> ARRAY[NEW.title_type];
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION movie_hub_app.require_new_type() IS 'Trigger: turns with a title, and later ones that may repeat it, also require its new type.';
CREATE TRIGGER titles_in_turns AFTER UPDATE OF title_type ON movie_hub.titles
  FOR EACH ROW WHEN (OLD.title_type <> NEW.title_type) EXECUTE FUNCTION movie_hub_app.require_new_type();
REVOKE ALL ON FUNCTION movie_hub_app.require_types_of_titles(), movie_hub_app.require_new_type() FROM PUBLIC;

RESET ROLE;
