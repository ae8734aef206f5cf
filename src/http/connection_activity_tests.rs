//! Tests of the timeouts of a connection.

use super::*;

const TIMEOUTS: ConnectionTimeouts = ConnectionTimeouts {
    head: Duration::from_secs(10),
    idle: Duration::from_secs(75),
    stall: Duration::from_secs(30),
};

/// Returns the number of seconds until the server closes the connection according to `TIMEOUTS`. The clock must be
/// paused.
fn secs_to_next_deadline(activity: &ConnectionActivity) -> Option<u64> {
    let state = *activity.0.borrow();
    let deadline = state.next_deadline(TIMEOUTS)?;
    Some((deadline - Instant::now()).as_secs())
}

#[tokio::test(start_paused = true)]
async fn request_head_has_a_shorter_timeout_than_an_idle_connection() {
    let activity = ConnectionActivity::of_new_connection();
    assert_eq!(secs_to_next_deadline(&activity), Some(10));
    let running = activity.begin_request(Version::HTTP_11);
    assert_eq!(secs_to_next_deadline(&activity), None);
    drop(running);
    assert_eq!(secs_to_next_deadline(&activity), Some(75));
    activity.record_received_bytes();
    assert_eq!(secs_to_next_deadline(&activity), Some(10));
}

#[test]
fn more_bytes_of_a_request_head_do_not_extend_its_timeout() {
    let activity = ConnectionActivity::of_new_connection();
    let since = activity.0.borrow().since;
    activity.record_received_bytes();
    activity.record_socket_write();
    assert_eq!(activity.0.borrow().since, since);
}

#[tokio::test(start_paused = true)]
async fn http2_connection_has_only_the_idle_timeout() {
    let activity = ConnectionActivity::of_new_connection();
    let first = activity.begin_request(Version::HTTP_2);
    let second = activity.begin_request(Version::HTTP_2);
    drop(first);
    assert_eq!(secs_to_next_deadline(&activity), None);
    drop(second);
    activity.record_received_bytes();
    assert_eq!(secs_to_next_deadline(&activity), Some(75));
}

#[tokio::test(start_paused = true)]
async fn response_that_the_client_does_not_read_has_the_stall_timeout() {
    let activity = ConnectionActivity::of_new_connection();
    let mut running = activity.begin_request(Version::HTTP_2);
    assert!(
        activity.start_of_wait_for_client().is_none(),
        "a handler runs"
    );
    running.record_start_of_response();
    assert_eq!(secs_to_next_deadline(&activity), Some(30));
    let began = activity.start_of_wait_for_client();
    activity.record_socket_write();
    assert_eq!(
        activity.start_of_wait_for_client(),
        began,
        "a PING is no progress"
    );
    tokio::time::advance(Duration::from_millis(1)).await;
    running.record_response_progress();
    assert!(activity.start_of_wait_for_client() > began);
}

#[test]
fn idle_timeout_shrinks_when_more_than_half_of_the_connections_are_open() {
    let secs = |open| calculate_idle_timeout(Duration::from_secs(75), open, 1_000).as_secs();
    assert_eq!([0, 1, 500].map(secs), [75; 3]);
    assert_eq!([600, 750, 900].map(secs), [61, 40, 19]);
    assert_eq!([1_000, 2_000].map(secs), [5; 2]);
    assert_eq!(
        calculate_idle_timeout(Duration::from_millis(50), 1_000, 1_000),
        Duration::from_millis(50)
    );
}

#[tokio::test(start_paused = true)]
async fn idle_connection_is_closed_earlier_when_many_connections_open() {
    let open = Arc::new(std::sync::atomic::AtomicUsize::new(1));
    let activity = ConnectionActivity::of_new_connection();
    drop(activity.begin_request(Version::HTTP_11));
    let began = Instant::now();
    let end = tokio::spawn({
        let open = Arc::clone(&open);
        activity.wait_until_connection_must_close(TIMEOUTS, move |longest| {
            let open = open.load(std::sync::atomic::Ordering::Relaxed);
            calculate_idle_timeout(longest, open, 1_000)
        })
    });
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert!(!end.is_finished());
    open.store(1_000, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(end.await.expect("task succeeds"), ConnectionEnd::TimedOut);
    let lasted = began.elapsed();
    assert!(lasted <= Duration::from_secs(26), "{lasted:?}");
}

#[tokio::test]
async fn connection_is_evicted_only_while_the_client_must_send_or_read_data() {
    let activity = ConnectionActivity::of_new_connection();
    let request = activity.begin_request(Version::HTTP_2);
    assert!(
        !activity.evict_connection_if_waiting_for_client(),
        "a handler runs"
    );
    let body = activity.record_start_of_request_body();
    assert!(activity.start_of_wait_for_client().is_some());
    drop(body);
    assert!(activity.start_of_wait_for_client().is_none());
    activity.record_blocked_socket_write();
    assert!(activity.start_of_wait_for_client().is_some());
    activity.record_socket_write();
    drop(request);
    assert!(activity.evict_connection_if_waiting_for_client());
    let end = activity
        .wait_until_connection_must_close(TIMEOUTS, |longest| longest)
        .await;
    assert_eq!(end, ConnectionEnd::Evicted);
}

#[tokio::test(start_paused = true)]
async fn stall_timeout_applies_while_a_request_runs() {
    let activity = ConnectionActivity::of_new_connection();
    let _running = activity.begin_request(Version::HTTP_11);
    activity.record_blocked_socket_write();
    assert_eq!(secs_to_next_deadline(&activity), Some(30));
    activity.record_socket_write();
    assert_eq!(secs_to_next_deadline(&activity), None);
}
