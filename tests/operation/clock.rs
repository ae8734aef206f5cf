//! The clock of the server.

use crate::support::{Database, TestApp, on_both_databases};

on_both_databases![clock_jump_is_logged_as_an_error];

/// Tests docs/security.md#totp-03.
async fn clock_jump_is_logged_as_an_error(database: Database) {
    let mut app = TestApp::builder(database)
        .with_setting("SALLYPORT_LOG_FORMAT", "json")
        .start()
        .await;
    app.simulator.advance_clock(605).await;
    // About 605 seconds: the two clocks are not read at the same time.
    app.process.wait_for_output("\"jump_ms\":60").await;
}

/// Replaces the clock that PostgreSQL reports by one that differs by the seconds in a table. Takes effect in new
/// connections.
const MOVABLE_DATABASE_CLOCK: [&str; 4] = [
    "CREATE TABLE public.clock_shift (secs BIGINT NOT NULL)",
    "INSERT INTO public.clock_shift VALUES (0)",
    "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS \
     'SELECT pg_catalog.clock_timestamp() + (SELECT secs FROM public.clock_shift) * interval ''1 second'''",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', \
     current_database()); END $$",
];

/// Tests docs/security.md#clu-03.
#[tokio::test(flavor = "multi_thread")]
async fn clock_that_differs_from_that_of_the_database_is_reported_or_prevents_the_start() {
    let mut app = TestApp::builder(Database::Postgres)
        .with_setting("SALLYPORT_LOG_FORMAT", "json")
        .start()
        .await;
    assert_eq!(app.read_readiness().await, "ready");
    app.process.kill().await;
    for statement in MOVABLE_DATABASE_CLOCK {
        app.execute_sql(statement).await;
    }
    app.execute_sql("UPDATE public.clock_shift SET secs = 4")
        .await;
    app.restart().await;
    let slightly = "differs slightly from the clock of the database";
    app.process.wait_for_output(slightly).await;
    assert_eq!(app.read_readiness().await, "ready");

    app.process.kill().await;
    app.execute_sql("UPDATE public.clock_shift SET secs = -20")
        .await;
    app.restart().await;
    let differs = "differs from the clock of the database by more than 5 seconds";
    app.process.wait_for_output(differs).await;
    assert_eq!(
        app.read_readiness().await,
        "ready, degraded: the clock of this node differs from the clock of the database"
    );

    app.process.kill().await;
    app.execute_sql("UPDATE public.clock_shift SET secs = 60")
        .await;
    let output = app.start_and_read_failure().await;
    let refusal = "seconds behind the clock of the database; at most 30 seconds are permitted";
    assert!(output.contains(refusal), "{output}");
}
