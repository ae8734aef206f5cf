//! A PostgreSQL server whose disk is full or failing. Requests answer 503, never 500, and writes work again afterwards.

use super::database_outages::{AppWithFailingDatabase, RECOVERY};
use crate::support::{Database, TestApp};

/// Makes every write fail as on a full disk. PostgreSQL reports it as `disk_full`.
const FILL_DISK: &str = "
    CREATE FUNCTION fail_write() RETURNS trigger AS $$ BEGIN
        RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100';
    END $$ LANGUAGE plpgsql;
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
            EXECUTE format('CREATE TRIGGER fail_write BEFORE INSERT OR UPDATE OR DELETE ON %I \
                            FOR EACH STATEMENT EXECUTE FUNCTION fail_write()', name);
        END LOOP;
    END $$";
/// Makes every write fail as on a broken disk. PostgreSQL reports it as `io_error`.
const BREAK_DISK: &str = "
    CREATE OR REPLACE FUNCTION fail_write() RETURNS trigger AS $$ BEGIN
        RAISE EXCEPTION 'could not write block' USING ERRCODE = '58030';
    END $$ LANGUAGE plpgsql";
const REPAIR_DISK: &str = "DROP FUNCTION fail_write() CASCADE";

/// Tests docs/security.md#dur-04.
#[tokio::test(flavor = "multi_thread")]
async fn full_or_failing_disk_of_postgresql_answers_503_and_writes_work_afterwards() {
    let app = TestApp::start(Database::Postgres).await;
    let mut failing = AppWithFailingDatabase::start(app).await;
    for (fault, logged) in [
        (FILL_DISK, "the disk of the database is full"),
        (BREAK_DISK, "the disk of the database reports errors"),
    ] {
        failing.app.execute_sql(fault).await;
        failing.expect_outage().await;
        failing.expect_reads().await;
        failing.app.process.wait_for_output(logged).await;
    }
    failing.app.execute_sql(REPAIR_DISK).await;
    failing.expect_recovery(RECOVERY).await;
}
