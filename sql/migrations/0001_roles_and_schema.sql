-- The four roles, the schema, and what every policy reads. Roles belong to the whole server, so they may exist already.
DO $$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['movie_hub_owner', 'movie_hub_reader', 'movie_hub_editor', 'movie_hub_accounts'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL; -- another installation on this server created it first
      END;
    END IF;
  END LOOP;
  -- The installing role also loads data and adds users. Since PostgreSQL 16 the creator of a role is a member without SET;
  -- 15 does not have that privilege.
  FOREACH wanted IN ARRAY ARRAY['movie_hub_owner', 'movie_hub_accounts'] LOOP
    IF NOT pg_has_role(current_user, wanted,
        CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END) THEN
      EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
    END IF;
  END LOOP;
  -- Data is loaded through a temporary table. By default every role may create one.
  IF NOT has_database_privilege('movie_hub_owner', current_database(), 'TEMPORARY') THEN
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO movie_hub_owner', current_database());
  END IF;
END
$$;

CREATE SCHEMA movie_hub AUTHORIZATION movie_hub_owner;
CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA movie_hub;

-- unaccent may already be installed in another schema. The function names its schema, so no search_path can change it.
DO $$
DECLARE
  extension_schema text := (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'unaccent');
BEGIN
  EXECUTE format(
    $function$
      CREATE FUNCTION movie_hub.normalise(words text) RETURNS text
      LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
      RETURN btrim(
        regexp_replace(
          regexp_replace(lower(%1$I.unaccent('%1$I.unaccent'::regdictionary, replace(words, '&', ' and '))), '[''‘’ʼʻ′`´\u0300-\u036F]', '', 'g'),
          '[\u0001-\u002F\u003A-\u0040\u005B-\u0060\u007B-\u00BF\u00D7\u00F7\u2000-\u206F\u3000-\u303F]+', ' ', 'g'
        )
      )
    $function$,
    extension_schema
  );
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO movie_hub_owner', extension_schema);
END
$$;
ALTER FUNCTION movie_hub.normalise(text) OWNER TO movie_hub_owner;

SET ROLE movie_hub_owner;

COMMENT ON SCHEMA movie_hub IS
  'An IMDb-shaped film database. Row-level security shows each reader only titles of the types they are entitled to.';
COMMENT ON FUNCTION movie_hub.normalise(text) IS
  'Normalises text for search: lower case, no accents, no apostrophes, "&" as "and", every other punctuation mark a space. "WALL·E" becomes "wall e". Stop words stay: It, Us and Her are titles.';

CREATE FUNCTION movie_hub.search_key(words text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN COALESCE(
  -- "die" is not an article here: Die Hard is not Hard. The space or apostrophe distinguishes "A Quiet Place" from "A.I.".
  NULLIF(movie_hub.normalise(regexp_replace(words, '^\s*(?:(?:the|a|an|le|la|les|der|das|el|los|las|il)\s+|l[''’])(?=\S)', '', 'i')), ''),
  NULLIF(movie_hub.normalise(words), ''),
  lower(btrim(words))
);
COMMENT ON FUNCTION movie_hub.search_key(text) IS
  'A normalised title without its leading article, for exact matches: "The Godfather" and "godfather" give the same key. A title of punctuation only is its own key.';

CREATE FUNCTION movie_hub.entitled_types() RETURNS integer[]
LANGUAGE sql STABLE PARALLEL SAFE
RETURN COALESCE(NULLIF(current_setting('rls.types', true), ''), '{}')::integer[];
COMMENT ON FUNCTION movie_hub.entitled_types() IS
  'Ids of the title types that the current transaction may see, from the setting rls.types. Unset and empty both mean none; there is no wildcard.';

REVOKE ALL ON FUNCTION movie_hub.normalise(text), movie_hub.search_key(text), movie_hub.entitled_types() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION movie_hub.normalise(text), movie_hub.search_key(text), movie_hub.entitled_types()
  TO movie_hub_reader, movie_hub_editor;
GRANT USAGE ON SCHEMA movie_hub TO movie_hub_reader, movie_hub_editor;

RESET ROLE;
