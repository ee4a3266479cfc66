"""The function that takes a lane, and the triggers that refuse any change of what was recorded."""

from django.db import migrations

# The first key of the two-part advisory lock; the second is the lane.
FORWARD = """
CREATE FUNCTION audit_take_lane(start integer)
RETURNS TABLE (row_id bigint, lane smallint, seq bigint, digest varchar) LANGUAGE plpgsql AS $$
DECLARE
    chosen integer := nullif(current_setting('dgs.audit_lane', true), '')::integer;
    candidate integer;
BEGIN
    IF chosen IS NULL THEN
        FOR step IN 0..63 LOOP
            candidate := (start + step) % 64;
            IF pg_try_advisory_xact_lock(1096107081, candidate)
               AND EXISTS (SELECT FROM audit_audithead h WHERE h.lane = candidate) THEN
                chosen := candidate;
                EXIT;
            END IF;
        END LOOP;
        IF chosen IS NULL THEN
            chosen := start % 64;
            PERFORM pg_advisory_xact_lock(1096107081, chosen);
        END IF;
        -- Local to the transaction and undone with a savepoint, exactly as the lock itself.
        PERFORM set_config('dgs.audit_lane', chosen::text, true);
    END IF;
    RETURN QUERY
        SELECT nextval(pg_get_serial_sequence('audit_auditrow', 'id')), h.lane, h.seq, h.digest
        FROM audit_audithead h WHERE h.lane = chosen;
END $$;

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit chain is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER audit_row_keep BEFORE UPDATE OR DELETE ON audit_auditrow
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_row_whole BEFORE TRUNCATE ON audit_auditrow
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_keep BEFORE DELETE ON audit_audithead
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_whole BEFORE TRUNCATE ON audit_audithead
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
"""

BACK = """
DROP TRIGGER audit_head_whole ON audit_audithead;
DROP TRIGGER audit_head_keep ON audit_audithead;
DROP TRIGGER audit_row_whole ON audit_auditrow;
DROP TRIGGER audit_row_keep ON audit_auditrow;
DROP FUNCTION audit_refuse();
DROP FUNCTION audit_take_lane(integer);
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
