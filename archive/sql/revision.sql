-- The archive's revision: it moves with every change that the public can see.

-- One row of several takes the count, so that no writer waits for another: whoever finds a
-- row locked takes the next, and where all are locked, a new one. Readers add them up. What
-- is not committed is not counted, so two states of the archive never share a revision.
CREATE OR REPLACE FUNCTION archive_move_revision(of_votes boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE archive_revision
    SET changes = changes + 1,
        vote_changes = vote_changes + of_votes::int,
        changed_at = clock_timestamp(),
        votes_changed_at = CASE WHEN of_votes THEN clock_timestamp() ELSE votes_changed_at END
    WHERE id = (SELECT id FROM archive_revision ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED);
    IF NOT FOUND THEN
        INSERT INTO archive_revision (changes, vote_changes, changed_at, votes_changed_at)
        VALUES (1, of_votes::int, clock_timestamp(),
            CASE WHEN of_votes THEN clock_timestamp() END);
    END IF;
END $$;
